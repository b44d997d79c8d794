"""Names and contents of files that people come up with."""

from hypothesis import strategies as st

_TEXT = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="/\\")
NAMES = st.one_of(
    st.text(_TEXT, min_size=1, max_size=60),
    st.sampled_from(
        ["a b", "a+b", "a%20b", "100%", "naïve.txt", "日本語.png", "emoji 🎈", "a&b=c?d#e", "semi;colon", "quote'\"s", "~tilde!*()", "a..b"]
    ),
)
CONTENTS = st.one_of(st.binary(max_size=2000), st.sampled_from([b"", b"\0", b"\r\n", b"\xff\xfe", b"<script>", b"%PDF-1.7"]))
