"""Instants and spans as a person reads them, short enough for a column."""

from __future__ import annotations

from datetime import tzinfo

from agentconsole.domain.times import DAY, HOUR, MINUTE, SECOND, moment_of


def span(micros: int) -> str:
    """Write a span in its largest unit: `42s`, `17m`, `3h`, `5d`, `7w`, `2y`."""
    micros = max(0, micros)
    if micros < MINUTE:
        return f"{micros // SECOND}s"
    if micros < HOUR:
        return f"{micros // MINUTE}m"
    if micros < DAY:
        return f"{micros // HOUR}h"
    days = micros // DAY
    if days < 14:
        return f"{days}d"
    if days < 365:
        return f"{days // 7}w"
    return f"{days // 365}y"


def age(instant: int, now: int) -> str:
    """Tell how long ago an instant was."""
    return span(now - instant)


def due(due_at: int, now: int) -> str:
    """Tell how long there is until a deadline, with a minus sign once it is past."""
    return span(due_at - now) if due_at >= now else f"-{span(now - due_at)}"


def stamp(instant: int, now: int, zone: tzinfo) -> str:
    """Write an instant in the agent's zone: the time today, else the day too, else the year too."""
    moment, today = moment_of(instant, zone), moment_of(now, zone)
    if moment.date() == today.date():
        return moment.strftime("%H:%M")
    if moment.year == today.year:
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment:%H:%M}"
    return moment.strftime("%Y-%m-%d %H:%M")


def day_and_time(instant: int, now: int, zone: tzinfo) -> str:
    """Write an instant to come with its weekday: `Mon 30 Nov 09:00`, with the year where it is another."""
    moment, today = moment_of(instant, zone), moment_of(now, zone)
    year = "" if moment.year == today.year else f" {moment.year}"
    return (
        f"{WEEKDAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}{year} "
        f"{moment.hour:02}:{moment.minute:02}"
    )


def size(count: int) -> str:
    """Write a number of bytes: `812 B`, `34 kB`, `2.1 MB`."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count // 1000} kB"
    return f"{count / 1_000_000:.1f} MB"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
