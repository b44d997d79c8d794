"""[browser]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from environments.schema.filling import Filling
from environments.schema.members import demand_members
from environments.schema.section import Section, Whole
from environments.schema.storage_objects import Objects
from environments.schema.values import Host, Line, Page


class Labels(Section):
    """[browser.labels]: what people read on the forms. What is not declared may also be told by what a field is for."""

    name: Line = Field(default="Name", description="Field for the name, on the sign-up form.")
    email: Line = Field(default="E-mail", description="Field for the e-mail address.")
    password: Line = Field(default="Password", description="Field for the password.")
    file: Line = Field(default="File", description="Field that takes the file to upload.")
    create_account: Line = Field(default="Create account", description="Button of the sign-up form.")
    sign_in: Line = Field(default="Sign in", description="Button of the sign-in form.")
    sign_out: Line = Field(default="Sign out", description="Button that ends the session.")
    upload: Line = Field(default="Upload", description="Button of the upload form.")
    menu: Line | None = Field(default=None, description="Button that opens the menu in which the one that ends the session is.")


class Browser(Section, capability="browser", runbook=20):
    """[browser]: pages that people use."""

    home: Page = Field(default="/", description="Page that anybody may open.")
    sign_up: Page = Field(default="/sign-up", description="Page with the sign-up form.")
    sign_in: Page = Field(default="/sign-in", description="Page with the sign-in form.")
    files: Page | None = Field(default=None, description="The member's files, with an upload form.")
    hosts: list[Host] = Field(default_factory=list, description="Further hosts that pages may ask.")
    labels: Labels = Field(default_factory=Labels)
    fields: dict[Line, Filling | bool] = Field(
        default_factory=dict,
        description="Further fields of the sign-up form: label = text (with {name}, {email}, {user_name}, {password}, {label}), "
        "or true to tick it.",
    )
    shows: Filling | None = Field(
        default=None,
        description="Text by which pages name a member ({name}, {email} and {label} are filled in); default: the address or the name.",
    )

    def refinements(self) -> Mapping[str, object]:
        """Whether there is a page of files."""
        return {"files": self.files}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """The forms are members', and so are the files."""
        yield from demand_members(environment, self.capability)
        if self.files and not environment.section(Objects):
            yield "browser.files needs [storage.objects]"
