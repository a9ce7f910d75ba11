"""Strings that foreign text may be made of, the nasty ones more often than chance would have them."""

from __future__ import annotations

from hypothesis import strategies as st

_NASTY = (
    "\x1b\x9b[]m;\x07\\\x00\x08\x7f\x85\u2028\u202e\u2066\u200b\u200c\u200d\ufe0f\ufe0e\u00ad\u034f\ufeff\U000e0041"
    "\ud83d"
    "\ude00\udc00\u2764\U0001f469\u0627\u0915\u094d\u0301\u0308\u0344\u2329\u1100\u1161\u20dd #1aZ>-:\n\r\t"
)

foreign_text = st.text(st.one_of(st.sampled_from(_NASTY), st.characters()), max_size=60)

message_lines = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                ">",
                "> quoted",
                ">> deeper",
                "On Mon, 3 Nov 2026, Ann wrote:",
                "2026年11月3日 Ann 写道：",
                "-----Original Message-----",
                "From: Ann <a@example.com>",
                "Sent: Monday",
                "To: Bob",
                "Subject: hi",
                "-- ",
                "Best regards,",
                "Sent from my iPhone",
                "a line.",
            ]
        ),
        st.text(max_size=30),
    ),
    max_size=25,
)
