"""The console on the screen: screens, panes, keys and the one door for foreign text."""
