"""Actors: new people, spread over the addresses."""

from __future__ import annotations

from collections import Counter

import pytest

from journeys import ActorIdentity, Actors

EMAIL = "delivered+{label}@resend.dev"


def same(identity: ActorIdentity) -> ActorIdentity:
    return identity


def test_identities_are_new_every_time() -> None:
    """And recognisable by a sweep; their e-mail address follows the template and is a valid local part."""
    actors = Actors(email=EMAIL, build=same)
    made = [actors.visitor("owner") for _ in range(200)]
    for values in ([each.email for each in made], [each.password for each in made], [each.label for each in made]):
        assert len(set(values)) == 200
    for each in made:
        assert each.email == f"delivered+{each.label}@resend.dev"
        assert each.label.startswith("gonogo-")
        assert len(each.email.split("@")[0]) <= 64  # RFC 5321, section 4.5.3.1.1
        assert 8 <= len(each.password) <= 128
        assert each.name.startswith("gonogo owner ")


def test_password_is_not_shown() -> None:
    """A representation ends up in assertion messages and reports."""
    identity = Actors(email=EMAIL, build=same).identity()
    assert identity.password not in repr(identity)


def test_addresses_are_used_evenly() -> None:
    """Limits count per address, so no address gets a second actor while another has none."""
    addresses = [f"127.0.0.{n}" for n in range(2, 7)]
    actors = Actors(email=EMAIL, build=same, addresses=addresses)
    assert [actors.visitor().address for _ in range(5)] == addresses
    assert set(Counter(actors.visitor().address for _ in range(10)).values()) == {2}


def test_workers_have_addresses_of_their_own() -> None:
    """They do not know what the others send."""
    addresses = [f"127.0.0.{n}" for n in range(2, 9)]
    used = [
        {actors.visitor().address for _ in range(9)}
        for actors in (Actors(email=EMAIL, build=same, addresses=addresses, worker=w, workers=3) for w in range(3))
    ]
    assert set.union(*used) == set(addresses)
    assert sum(len(each) for each in used) == len(addresses)


def test_more_workers_than_addresses_share() -> None:
    """Without addresses everybody sends from the machine's own, which is the empty one."""
    two = [Actors(email=EMAIL, build=same, addresses=["a", "b"], worker=w, workers=3).visitor().address for w in range(3)]
    assert two == ["a", "b", "a"]
    assert Actors(email=EMAIL, build=same).visitor().address == ""


def test_builder_makes_the_actor() -> None:
    """Journeys get what the fixtures build, not the identity alone."""
    actors = Actors(email=EMAIL, build=lambda identity: (identity.email, identity.address), addresses=["127.0.0.9"])
    email, address = actors.visitor()
    assert email.endswith("@resend.dev")
    assert address == "127.0.0.9"


@pytest.mark.parametrize("template", ["visitor@example.com", "{label}", "{label}{label}@x.test"])
def test_template_must_tell_actors_apart(template: str) -> None:
    """One address for all would be one account for all."""
    with pytest.raises(ValueError, match="label"):
        Actors(email=template, build=same)
