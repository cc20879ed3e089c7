"""Terms: words and numbers in one spelling, and how surely a text has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from fbench.grading.graders.roots import alike, is_derived, root, spelling
from fbench.grading.graders.terms import content, said, terms
from fbench.grading.graders.vocabulary import FUNCTION_WORDS, PEOPLES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The U.S. Army", "the america army"),
        ("a U.S. city", "a us city"),
        ("J. K. Rowling", "jk rowling"),
        ("J.K. Rowling", "jk rowling"),
        ("U.S.S.R. of old", "ussr of old"),
        ("U.S.A", "america"),
        ("J K L", "jkl"),
        ("P-A-D-A-W-A-N", "padawan"),
        ("plan b or c", "plan b or c"),
        ("the nineteenth of May", "the 19 of may"),
        ("the 19th of May", "the 19 of may"),
        ("the 1990s", "the 1990"),
        ("twenty, thirty and ninety", "20 30 and 90"),
        ("zero, one and first, twice", "0 1 and 1 2"),
        ("Louis XIV and Henry II", "louis 14 and henry 2"),
        ("George V and World War I", "george 5 and world war 1"),
        ("Pope John XXIII", "pope john 23"),
        ("Elizabeth I, of World War I", "elizabeth 1 of world war 1"),
        ("George V", "george 5"),
        ("World War I was long", "world war 1 was long"),
        ("world war I", "world war i"),
        ("Sorry I did it", "sorry i did it"),
        ("The V and Nobody I know", "the v and nobody i know"),
        ("Maybe I'd say so", "maybe id say so"),
        ("Ask IV or Vitamins", "ask 4 or vitamins"),
        ("vitamin A", "vitamin a0"),
        ("vitamin A and a vitamin", "vitamin a0 and a vitamin"),
        ("group A, group B.", "group a0 group b"),
        ("A dog and A cat", "a dog and a cat"),
        ("at 7 a.m", "at 7 am"),
        ("12 p.m. or 1,000", "12 pm or 1000"),
        ("Smith's and the players' houses", "smith and the players houses"),
        ("It doesn't", "it does not"),
        ("O'Hearn", "ohearn"),
        ("20,000 and 1,5", "20000 and 1 5"),
        ("7:00 a.m.", "7 am"),
        ("at 7:30", "at 7:30"),
        ("version 3.11", "version 3.11"),
        ("class 2A and PCV21", "class 2a and pcv21"),
        ("50kg of it", "50 kg of it"),
        ("Rutherford1 wrote", "rutherford 1 wrote"),
        ("a non-stop train", "a nonstop train"),
        ("Жуков, 3", "жуков 3"),
        ("the United States of America", "the america"),
        ("the United States, the US and the USA", "the america the america and the america"),
        ("Great Britain, the UK and the United Kingdom", "britain the britain and the britain"),
        ("it gave us a musk", "it gave us a musk"),
        ("a united front", "a united front"),
        ("", ""),
    ],
)
def test_a_text_is_read_as_terms(text: str, found: str) -> None:
    assert terms(text) == tuple(found.split())


def test_letters_one_by_one_are_a_word_only_where_hardly_more_is_said() -> None:
    long = "They said the letters J K L in the middle of a very long sentence, as it was"
    assert "jkl" not in terms(long)
    assert len(long) >= 60
    assert terms(f"{'x' * 53} j k l")[-3:] == ("jkl",) or terms(f"{'x' * 53} j k l")[-1] == "jkl"
    assert terms(f"{'x' * 54} j k l")[-3:] == ("j", "k", "l")


@pytest.mark.parametrize(
    ("text", "found"),
    [("the cat of Rome", "cat rome"), ("it was also about that or this", "it was also about that or this")],
)
def test_content_leaves_out_what_carries_none_unless_there_is_nothing_else(text: str, found: str) -> None:
    assert content(text) == tuple(found.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("photographs", "photographic"), ("cities", "city"), ("classes", "class"), ("played", "play")),
        *(("singing", "sing"), ("makes", "make"), ("dogs", "dog"), ("photographic", "photography")),
        *(("norwegian", "norway"), ("dutch", "holland"), ("finns", "finland"), ("7.0", "7")),
        *(("golfing", "golf"), ("sweetness", "sweet"), ("americans", "america")),
    ],
)
def test_kin_have_one_root(one: str, other: str) -> None:
    assert root(one) == root(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bus", "bu"),
        ("boss", "bos"),
        ("ring", "r"),
        ("red", "r"),
        ("his", "hi"),
        ("ape", "ap"),
        ("indianian", "ind"),
        ("7.5", "7"),
        ("70", "7"),
    ],
)
def test_short_words_and_those_that_only_look_inflected_keep_their_ends(one: str, other: str) -> None:
    assert root(one) != root(other)


@pytest.mark.parametrize(("people", "land"), sorted(PEOPLES.items()))
def test_a_people_is_known_by_its_land(people: str, land: str) -> None:
    assert said(f"a {people} town").closeness(land) == 1
    assert said(f"a town of {land}").closeness(people) == 1
    assert people not in FUNCTION_WORDS


@pytest.mark.parametrize(
    ("term", "text", "closeness"),
    [
        ("cannon", "two cannons", 1),
        ("tchaikovsky", "by Tschaikovsky", 0.9),
        ("gandhi", "by Ghandi", 0.9),
        ("colours", "two colors", 0.9),
        ("juniper", "a juniperr", 0.9),
        ("photography", "by photograms", 0.0),
        ("photo", "photographers", 0.0),
        ("photo", "photograph", 0.0),
        ("bag", "a handbag", 0.8),
        ("bag", "a ragbag", 0.8),
        ("bag", "a subag", 0.0),
        ("bag", "an antibag", 0.0),
        ("ag", "a handbag", 0.0),
        ("oxide", "a trioxide", 0.0),
        ("mother", "a stepmother", 0.0),
        ("grandmother", "a great-grandmother", 0.0),
        ("brother", "a half brother", 0.0),
        ("halfbrother", "a half-brother", 1.0),
        ("flower", "the sunflowers", 0.0),
        ("flower", "a sunflower", 0.8),
        ("1984", "in 1985", 0.0),
        ("1984", "in 11984", 0.0),
        ("rtx4090", "the RTX4080", 0.0),
        ("rtx4090", "the RTX4090", 1.0),
        ("cat", "a dog", 0.0),
        ("montana", "monta", 0.0),
        ("nakanol", "nakanolaj", 0.0),
        ("nakanol", "nakanal", 0.0),
        ("nitrate", "a nitrite", 0.0),
        ("ethane", "the ethene", 0.0),
        ("austria", "australia", 0.0),
        ("niger", "nigeria", 0.0),
        ("antarctica", "the antarctic region", 0.8),
        ("himalayas", "the himalayan range", 0.8),
        ("exploratory", "for exploration", 0.8),
        ("prime", "the primal rib", 0.0),
        ("southern", "southeastern", 0.8),
        ("wonderland", "wonderlust", 0.0),
        ("hammer", "a handbag and a hamer", 0.9),
        ("handbag", "a handdbag and a hammer", 0.9),
        ("bag", "a handbag of leather", 0.8),
        ("bag", "leather for a handbag", 0.8),
        ("7", "no number", 0.0),
        ("abbey", "abbot", 0.0),
        ("abbeys", "abbeville", 0.0),
        ("cart", "a carp", 0.0),
        ("carts", "a carps", 0.0),
        ("color", "the colour", 0.9),
        ("color", "two colours", 0.9),
    ],
)
def test_how_surely_a_text_has_a_term(term: str, text: str, closeness: float) -> None:
    told = said(text)
    assert told.closeness(term) == closeness
    assert told.closeness(term) == closeness  # and again, from memory


@pytest.mark.parametrize(
    ("term", "text", "closeness"),
    [
        ("dimitri", "Dmitri", 0.9),
        ("dimitri", "Dimitra", 0.0),
        ("nitrate", "nitrite", 0.0),
        ("rtx40901", "rtx40801", 0.0),
        ("data", "dta", 0.0),
        ("dimitri", "no name", 0.0),
        ("dimitri", "a Tmitri", 0.0),
        ("kovalenko", "Kovajenko", 0.9),
        ("kovalenko", "Kovalinko", 0.0),
        ("karim", "Kaarim", 0.9),
        ("abba", "Aabba", 0.0),
        ("pcv213", "Ppcv213", 0.0),
    ],
)
def test_a_slip_is_seen_before_the_last_letters_alone(term: str, text: str, closeness: float) -> None:
    assert said(text).slip(term) == closeness


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("shakespeare", "shakespear", True),
        ("mississippi", "mississipi", True),
        ("pangaea", "pangea", True),
        ("organise", "organize", True),
        ("sulphur", "sulfur", True),
        ("aluminium", "aluminum", True),
        ("tchaikovsky", "tschaikowsky", True),
        ("centimetre", "centimeter", False),
        ("ileum", "ilium", False),
        ("velmora", "velmoria", False),
        ("zorvex", "zorvax", False),
    ],
)
def test_spellings_of_one_sound_have_one_form(one: str, other: str, same: bool) -> None:
    assert (spelling(one) == spelling(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "derived"),
    [
        ("colombia", "colombian", True),
        ("colombian", "colombia", True),
        ("environment", "environmental", True),
        ("abcde", "abcde", True),
        ("abcda", "abcds", False),
        ("abcdea", "abcdes", True),
        ("abcdea", "abcdexyz", False),
        ("abcdexyz", "abcdea", False),
        ("abcdefghia", "abcdeation", False),
        ("colorless", "coloration", False),
        ("colorful", "coloration", True),
    ],
)
def test_words_of_one_family_differ_in_known_endings(one: str, other: str, derived: bool) -> None:
    assert is_derived(one, other) is derived


def test_what_a_text_says_is_read_once_it_is_asked_for() -> None:
    told = said("The 12 cats of Rome, 12")
    assert told.spaced == " the 12 cats of rome 12 "
    assert told.content == ("12", "cats", "rome", "12")
    assert told.content_roots == ("12", "cat", "rom", "12")
    assert told.roots == {"12", "cat", "rom"}
    assert told.numbers == {"12"}
    assert told.together == "the12catsofrome12"
    assert said("7 cats").numbers == {"7"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("smith", "smith", True),
        ("smith", "smyth", True),
        ("smith", "smiths", True),
        ("smith", "smit", True),
        ("smith", "msith", True),
        ("smith", "smiht", True),
        ("smith", "smth", True),
        ("smith", "ismth", False),
        ("smith", "smythe", False),
        ("smith", "smithson", False),
        ("smith", "sm", False),
        ("smith", "xmich", False),
        ("smith", "smi", False),
        ("abcd", "badc", False),
        ("aab", "ba", False),
        ("", "", True),
        ("a", "", True),
        ("ab", "", False),
    ],
)
def test_words_are_alike_that_differ_by_one_slip(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


WORDS = st.text("abc", max_size=6)


@given(WORDS, st.data())
def test_any_one_slip_leaves_a_word_alike(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word)))
    letter = data.draw(st.sampled_from("abcd"))
    assert alike(word, word[:place] + letter + word[place:])
    assert alike(word, word[:place] + word[place + 1 :])
    assert alike(word, word[:place] + letter + word[place + 1 :])
    assert alike(word, word[:place] + word[place : place + 2][::-1] + word[place + 2 :])


@given(WORDS, WORDS)
def test_words_are_alike_as_a_distance_of_edits_has_it(one: str, other: str) -> None:
    assert alike(one, other) is (OSA.distance(one, other) <= 1)


@given(st.text("abc", min_size=1, max_size=5), st.text("xyz", min_size=3, max_size=5))
def test_words_of_other_letters_are_not_alike(one: str, other: str) -> None:
    assert alike(one, other) is False
