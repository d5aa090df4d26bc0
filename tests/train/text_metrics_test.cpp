// SPDX-License-Identifier: MIT
// BLEU and chrF against the scores of sacrebleu 2.6.
#include "gradus/train/text_metrics.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

using Lines = std::vector<std::string>;

namespace train_text_metrics_test {
void near(double a, double b) { CHECK(std::abs(a - b) < 1e-9 * std::max(1.0, std::abs(b))); }
TEST_CASE("13a: punctuation is separated and numbers stay whole", "[bleu]") {
  CHECK(tokenize_13a("Hello, world. It's 3.14, or 1,000; no-one's (well-known) 5-6 a-b 7- .5 x.") ==
        Lines{"Hello", ",",   "world",    ".", "It's",       "3.14", ",", "or",
              "1,000", ";",   "no-one's", "(", "well-known", ")",    "5", "-",
              "6",     "a-b", "7",        "-", ".",          "5",    "x", "."});
  CHECK(tokenize_13a("&quot;A&amp;B&lt;&gt;&quot; <skipped> end-\nof line") ==
        Lines{"\"", "A", "&", "B", "<", ">", "\"", "endof", "line"});
  CHECK(tokenize_13a("a.b,c 1.2.3 ...,, 3., ,4") ==
        Lines{"a", ".", "b", ",", "c", "1.2.3", ".", ".", ".", ",", ",", "3", ".", ",", ",", "4"});
  CHECK(tokenize_13a("안녕, 세계! 3.5") == Lines{"안녕", ",", "세계", "!", "3.5"});
  CHECK(tokenize_13a("\u00a0x\u3000y [z] {q} ~`^_@") ==
        Lines{"x", "y", "[", "z", "]", "{", "q", "}", "~", "`", "^", "_", "@"});
  CHECK(tokenize_13a("  ").empty());
}

TEST_CASE("BLEU and chrF of a corpus", "[bleu]") {
  const Lines hypotheses = {"the cat is on the mat .", "there is a cat, on the mat",
                            "A man in a blue shirt is standing on a ladder cleaning a window.",
                            "Two men are at the stove"};
  const Lines wanted = {"the cat sat on the mat.", "there is a cat on the mat",
                        "A man in a blue shirt is standing on a ladder cleaning the window.",
                        "Two men are at the stove preparing food."};
  const Bleu b = corpus_bleu(hypotheses, wanted);
  near(b.score, 69.70426014461144);
  near(b.precisions[0], 91.66666666666667);
  near(b.precisions[3], 58.333333333333336);
  near(b.brevity, 0.9459594689067654);
  CHECK(b.hypothesis_words == 36);
  CHECK(b.reference_words == 38);
  near(corpus_chrf(hypotheses, wanted), 77.63058267572195);
}

TEST_CASE("BLEU and chrF of single sentences and of orders without a match", "[bleu]") {
  struct Case {
    const char *hypotheses, *wanted;
    double bleu, chrf;
  };
  for (const Case& c : {Case{"a b c d", "a x c y", 18.99589214128981, 12.5},
                        Case{"the the the", "the cat", 0, 19.689903800721968}, Case{"x", "y", 0, 0},
                        Case{"", "some words", 0, 0}, Case{"hi", "hi", 0, 100},
                        Case{"톰은 학교에 갔다.", "톰은 어제 학교에 갔어요.", 16.37226966703825,
                             24.537590899944455},
                        Case{"a b c d e", "a b c q e f", 34.98330125272253, 27.395612172682238}}) {
    INFO(c.hypotheses);
    near(corpus_bleu(Lines{c.hypotheses}, Lines{c.wanted}).score, c.bleu);
    near(corpus_chrf(Lines{c.hypotheses}, Lines{c.wanted}), c.chrf);
  }
  CHECK(corpus_bleu({}, {}).score == 0);
  CHECK(corpus_chrf({}, {}) == 0);
  CHECK(has(message_of([] { corpus_bleu(Lines{"a"}, {}); }), "1 hypotheses for 0 references"));
}

}  // namespace train_text_metrics_test
