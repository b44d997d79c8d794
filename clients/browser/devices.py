"""What people hold in their hands, and what a browser has to say and show to look like it."""

from enum import StrEnum
from typing import Any


class Device(StrEnum):
    """What a person holds in their hands."""

    DESKTOP = "desktop"
    PHONE = "phone"


# The size of common phones in CSS pixels; a picture of it with one pixel each is enough to see what is wrong.
_PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1, "is_mobile": True, "has_touch": True}
_PHONE_AGENT = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Mobile Safari/537.36"


def appearance(device: Device, version: str) -> dict[str, Any]:
    """Options of Playwright's ``new_context`` for a Chromium of this version."""
    return {**_PHONE, "user_agent": _PHONE_AGENT.format(version=version)} if device is Device.PHONE else {}
