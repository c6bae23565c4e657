"""What a person writes by mistake into a routes file is refused, and the error says what was probably meant."""

import re

import pytest

from connector.core import mistake
from connector.core.pattern import pattern

SOUND = [
    pytest.param("exports/{schema}/{table}/**/{part}.csv", id="a pattern"),
    pytest.param("**/.*", id="hidden files"),
    pytest.param("exports/a b+c%2B é日本.csv", id="a blank within"),
    pytest.param("نامه\u200cها/**", id="a joiner of Persian"),
    pytest.param("👩\u200d👩\u200d👧/✈\ufe0f/**", id="joiners of emoji"),
    pytest.param("売上\u3000表/**", id="the blank of Japanese"),
    pytest.param("report [2013-2014].csv", id="brackets"),
    pytest.param("landing/[/x].csv", id="a bracket alone"),
    pytest.param("backup_$folder$", id="dollars"),
    pytest.param("https://example.com/**", id="pages of the web"),
    pytest.param("arn/s3/**", id="words of an address"),
    pytest.param("*/exports/**", id="a slash at the beginning, as advised"),
    pytest.param(".hidden/**", id="a dot"),
    pytest.param("exports/", id="a folder marker"),
]


@pytest.mark.parametrize("text", SOUND)
def test_sound(text: str) -> None:
    """What keys may well be like is no mistake."""
    assert mistake.key(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("exports/**\n", r"'exports/**\n' ends in a line break, which `|` and `>` keep", id="a block"),
        pytest.param("exports/**\r\n", r"'exports/**\r\n' ends in a line break", id="a block of Windows"),
        pytest.param("exports/**\n  ", "ends in a line break", id="a block, indented"),
        pytest.param("a\nb", r"invisible character, \n (a line break), at character 2; write 'a b'", id="two lines"),
        pytest.param("a\tb", r"invisible character, \t (a tab), at character 2; write 'a b'", id="a tab"),
        pytest.param("a\x00b", r"\x00 (a control character), at character 2; write 'ab'", id="NUL"),
        pytest.param("a\x1b[31m", r"'a\x1b[31m' has an invisible character, \x1b (a control", id="an escape sequence"),
        pytest.param("a\x85", r"invisible character, \x85 (a control character)", id="a control character of Latin-1"),
        pytest.param("\ufeffa", r"\ufeff (zero width no-break space), at character 1; write 'a'", id="a BOM"),
        pytest.param("a\u200bb", r"\u200b (zero width space), at character 2; write 'ab'", id="zero width"),
        pytest.param("a\u200db", r"\u200d (zero width joiner)", id="a joiner that joins nothing"),
        pytest.param("\u200da", r"\u200d (zero width joiner)", id="a joiner at the beginning"),
        pytest.param("a\u00adb", r"\xad (soft hyphen)", id="soft hyphen"),
        pytest.param("a\u202eb", r"\u202e (right-to-left override)", id="right to left"),
        pytest.param("a\u2028b", r"\u2028 (line separator)", id="line separator"),
        pytest.param("a\u00a0b", r"\xa0 (no-break space), at character 2; write 'a b'", id="no-break space"),
        pytest.param("a\u202fb", r"\u202f (narrow no-break space)", id="narrow no-break space"),
        pytest.param("a\u2009b", r"\u2009 (thin space)", id="thin space"),
        pytest.param("a\u3164b", r"\u3164 (hangul filler), at character 2; write 'ab'", id="a filler"),
        pytest.param("a\U000e0041", r"\U000e0041 (tag latin capital letter a)", id="a tag"),
        pytest.param("a\ud800", r"\ud800 (a control character)", id="half a surrogate"),
        pytest.param("é\u2800", r"\u2800 (braille pattern blank)", id="an empty letter of Braille"),
        pytest.param(" a", "' a' begins with a blank; write 'a', or put * in its place", id="a blank before"),
        pytest.param("a ", "'a ' ends with a blank; write 'a'", id="a blank behind"),
        pytest.param("a\u3000", r"'a\u3000' ends with a blank; write 'a'", id="a wide blank behind"),
        pytest.param(" ", "' ' begins with a blank; write a text", id="only a blank"),
        pytest.param("\u200b", "write a text", id="nothing that is seen"),
        pytest.param("s3://acme/exports/{t}.csv", "what follows the bucket: write 'exports/{t}.csv'", id="s3"),
        pytest.param("S3://acme/exports/**", "write 'exports/**'", id="S3"),
        pytest.param("s3a://acme/exports/**", "write 'exports/**'", id="s3a"),
        pytest.param("s3:/acme/a%20b", "write 'a%20b'", id="s3 with one slash"),
        pytest.param("s3://acme", "write '**'", id="s3, no key"),
        pytest.param("arn:aws:s3:::acme/exports/*", "write 'exports/*'", id="an ARN"),
        pytest.param("arn:aws-cn:s3:::acme", "write '**'", id="an ARN of China"),
        pytest.param(
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/b", "write the key only", id="another ARN"
        ),
        pytest.param("https://acme.s3.eu-central-1.amazonaws.com/a%20b/**?x=1", "write 'a b/**'", id="virtual-hosted"),
        pytest.param("http://acme.s3-eu-west-1.amazonaws.com/a/**", "write 'a/**'", id="virtual-hosted, old"),
        pytest.param("https://acme.s3.cn-north-1.amazonaws.com.cn/a", "write 'a'", id="virtual-hosted in China"),
        pytest.param("https://s3.amazonaws.com/acme/a/{t}", "write 'a/{t}'", id="path-style"),
        pytest.param("https://s3-eu-west-1.amazonaws.com/acme", "write '**'", id="path-style, no key"),
        pytest.param("acme.s3.amazonaws.com/a/**", "write 'a/**'", id="without a scheme"),
        pytest.param(
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/acme?region=eu-west-1&prefix=a/b/&x=1",
            "write 'a/b/'",
            id="the console",
        ),
        pytest.param("https://s3.console.aws.amazon.com/s3/buckets/acme", "write '**'", id="the console, no prefix"),
        pytest.param("http://s3:9000/acme/a", "is an address; write the key only", id="another S3"),
        pytest.param("https://minio.s3.example.com/acme/a", "is an address; write the key only", id="yet another S3"),
        pytest.param("gs://acme/a", "is an address; write the key only", id="another cloud"),
        pytest.param("file:///exports", "is an address; write the key only", id="a file"),
        pytest.param("/exports/**", "keys do not begin with a slash; write 'exports/**', or '*/exports/**'", id="/"),
        pytest.param("//", "write '**', or '*//' for keys that do", id="slashes"),
        pytest.param("./exports/**", "keys begin at the bucket: write 'exports/**'", id="./"),
        pytest.param("../../a", "keys begin at the bucket: write 'a'", id="../"),
        pytest.param(
            r"exports\{t}\*.csv", "has a backslash; folders are separated by /: write 'exports/{t}/*", id="\\"
        ),
        pytest.param(r"exports/\{t\}", r"has \}; braces are written {{ and }}", id="an escape"),
        pytest.param("${schema}/{t}", "a variable is written without $: write '{schema}/{t}'", id="${"),
        pytest.param("a/[0-9][0-9]*.csv", "has [0-9], which stands for itself here; write *", id="a range"),
        pytest.param("a/[!A-Za-z]", "has [!A-Za-z], which stands for itself", id="ranges"),
        pytest.param("^exports/**", "begins with ^, which stands for itself here; write 'exports/**'", id="^"),
    ],
)
def test_key(text: str, words: str) -> None:
    """A pattern that matches no key, or hardly one, is refused; the error shows all that is in it."""
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        mistake.key(text)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "least"),
    [
        pytest.param("x" * 1025, 1025, id="letters"),
        pytest.param("é" * 513, 1026, id="letters of two bytes"),
        pytest.param("x" * 1024 + "{t}**", 1025, id="a variable needs a letter"),
    ],
)
def test_long(text: str, least: int) -> None:
    """A pattern whose every key is longer than S3's may be is refused."""
    with pytest.raises(
        ValueError, match=f"matches keys of {least} bytes or more; make it shorter, as S3 keys have at most 1024"
    ):
        mistake.long(pattern(text))


@pytest.mark.parametrize("text", ["x" * 1024, "x" * 1023 + "{t}", "**" + "é" * 512])
def test_longest(text: str) -> None:
    """A pattern that the longest keys match is not."""
    assert mistake.long(pattern(text)).text == text


@pytest.mark.parametrize(
    "text",
    [
        "s3://acme-exports",
        "s3://acme-exports/exports/",
        "s3a://acme-exports/",
        "arn:aws:s3:::acme-exports",
        "arn:aws-us-gov:s3:::acme-exports/*",
        "https://acme-exports.s3.eu-central-1.amazonaws.com/",
        "https://s3.amazonaws.com/acme-exports/x",
        "https://s3.console.aws.amazon.com/s3/buckets/acme-exports?region=us-east-1",
        "acme-exports/",
        "acme-exports/exports",
    ],
)
def test_bucket(text: str) -> None:
    """An address in place of a bucket is refused with the name that is in it."""
    with pytest.raises(ValueError, match="is not a bucket name; write 'acme-exports'"):
        mistake.bucket(text)


@pytest.mark.parametrize(
    "text", ["ab", "a" * 256, "-ab", "{b}", "a b", "acmé", "s3://", "arn:aws:s3:eu-west-1:1:accesspoint/x", "", "/a"]
)
def test_no_bucket(text: str) -> None:
    """What is no bucket's name, and has none in it, is refused with the rule."""
    with pytest.raises(ValueError, match="is not a bucket name; give 3 to 63 lower-case letters"):
        mistake.bucket(text)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("a b é日 ✈", "a b é日 ✈", id="letters"),
        pytest.param("\x1b[2J\n\u202e\u3164\u00a0\ud800", r"\x1b[2J\n\u202e\u3164\xa0\ud800", id="what is not seen"),
    ],
)
def test_visible(text: str, seen: str) -> None:
    """Only what is not seen becomes an escape."""
    assert mistake.visible(text) == seen
