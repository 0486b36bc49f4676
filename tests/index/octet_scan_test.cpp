#include "index/message/octet_scan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "deliver/base/sha256.hpp"

namespace mailspoor::index {
namespace {

OctetFacts scan(std::string_view octets) {
  std::FILE* file = std::tmpfile();
  EXPECT_EQ(std::fwrite(octets.data(), 1, octets.size(), file), octets.size());
  std::fflush(file);
  auto facts = scan_octets(::fileno(file), "test");
  std::fclose(file);
  return facts;
}

/// What a parser may see, the pieces joined by `|`.
std::string kept(std::string_view octets) {
  std::string text;
  for (const auto& span : scan(octets).kept) {
    if (!text.empty()) text += '|';
    text += octets.substr(span.begin, span.end - span.begin);
  }
  return text;
}

TEST(MessageId, IsTheSameHoweverTheMessageCame) {
  const auto id = base::sha256("A: 1\r\n\r\nbody\r\n");
  EXPECT_EQ(scan("A: 1\r\n\r\nbody\r\n").id, id);
  EXPECT_EQ(scan("A: 1\n\nbody\n").id, id);
  EXPECT_EQ(scan("A: 1\n\nbody").id, id);
  EXPECT_EQ(scan("From a@example.org Tue Mar  5 10:00:00 2024\nA: 1\n\nbody\n").id, id);
}

TEST(MessageId, KeepsABareCarriageReturn) {
  EXPECT_EQ(scan("a\rb\n").id, base::sha256("a\rb\r\n"));
  EXPECT_EQ(scan("a\r").id, base::sha256("a\r\r\n"));
  EXPECT_EQ(scan("a\r\r\n").id, base::sha256("a\r\r\n"));
}

TEST(MessageId, OfAnEmptyMessageIsThatOfOneLineEnd) {
  EXPECT_EQ(scan("").id, base::sha256("\r\n"));
  EXPECT_EQ(scan("From x\n").id, base::sha256("\r\n"));
}

TEST(MessageId, DoesNotDependOnWhereBlocksEnd) {
  std::string crlf;
  std::string lf;
  for (int line = 0; line < 60'000; ++line) {
    const auto text = "line " + std::to_string(line);
    crlf += text + "\r\n";
    lf += text + "\n";
  }
  EXPECT_EQ(scan(crlf).id, base::sha256(crlf));
  EXPECT_EQ(scan(lf).id, base::sha256(crlf));
  EXPECT_EQ(scan(lf).sha256, base::sha256(lf));
}

// The digests part where the first line end is met that is not CRLF, wherever that is.
TEST(MessageId, IsRightWhereLineEndsAreMixed) {
  for (const std::size_t odd : {0U, 1U, 20'000U, 39'999U}) {
    std::string octets;
    std::string canonical;
    for (std::size_t line = 0; line < 40'000; ++line) {
      const auto text = "line " + std::to_string(line);
      octets += text + (line == odd ? "\n" : "\r\n");
      canonical += text + "\r\n";
    }
    for (const std::string_view envelope : {"", "From x\n", "From x\r\n"}) {
      const auto facts = scan(std::string{envelope} + octets);
      EXPECT_EQ(facts.id, base::sha256(canonical)) << odd << envelope;
      EXPECT_EQ(facts.sha256, base::sha256(std::string{envelope} + octets)) << odd << envelope;
    }
  }
}

TEST(Body, BeginsWithTheEmptyLine) {
  EXPECT_EQ(scan("A: 1\r\n\r\nbody\r\n").body_offset, 6U);
  EXPECT_EQ(scan("From x\nA: 1\n\nbody").body_offset, 12U);
  EXPECT_EQ(scan("A: 1\r\n").body_offset, 6U);
  EXPECT_EQ(scan("").body_offset, 0U);
}

TEST(HeaderSection, IsTakenWithoutItsEmptyLine) {
  EXPECT_EQ(scan("A: 1\r\nB: 2\r\n\r\nC: 3\r\n").header_section, "A: 1\r\nB: 2\r\n");
  EXPECT_EQ(scan("From x\nA: 1\n\n").header_section, "A: 1\n");
  EXPECT_EQ(scan("\r\nA: 1\r\n").header_section, "");
  EXPECT_EQ(scan("A: 1").header_section, "A: 1");
}

TEST(Limits, LeaveAnOrdinaryMessageAlone) {
  const std::string message = "A: 1\r\n\r\nbody\r\n";
  EXPECT_EQ(kept(message), message);
  EXPECT_TRUE(scan(message).defects.empty());
}

TEST(Limits, CutAHeaderSectionOfMoreThanOneMebibyte) {
  const std::string field = "X: " + std::string(1000, 'x') + "\r\n";
  std::string message = "A: 1\r\n";
  while (message.size() <= kMaxHeaderOctets) message += field;
  const auto section_end = message.size() - field.size();
  message += field + field + "\r\nbody\r\n";
  const auto facts = scan(message);
  ASSERT_EQ(facts.kept.size(), 2U);
  EXPECT_EQ(facts.kept[0].begin, 0U);
  EXPECT_EQ(facts.kept[0].end, section_end);
  EXPECT_EQ(message.substr(facts.kept[1].begin), "\r\nbody\r\n");
  EXPECT_EQ(facts.defects, std::vector<std::string>{"a header section of more than 1 MiB was cut"});
}

TEST(Limits, CutAHeaderSectionThatNeverEnds) {
  const auto facts = scan("A: 1\r\nB: " + std::string(2 * kMaxHeaderOctets, 'x'));
  ASSERT_EQ(facts.kept.size(), 1U);
  EXPECT_EQ(facts.kept[0].end, 6U);
  EXPECT_EQ(facts.defects.size(), 1U);
}

TEST(Limits, EndAtTooManyParts) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (std::size_t part = 0; part < kMaxParts; ++part) message += "--b\r\n\r\n";
  const auto size = message.size();
  message += "--b\r\n\r\nthe part too many\r\n";
  const auto facts = scan(message);
  ASSERT_EQ(facts.kept.size(), 1U);
  EXPECT_EQ(facts.kept[0].end, size);
  EXPECT_EQ(facts.defects.size(), 1U);
}

TEST(Limits, CountPartsHoweverTheBoundaryIsWritten) {
  for (const auto& parameter :
       {std::string{"boundary=\r\n \"b\""}, std::string{"boundary(c)=b"}, std::string{"boundary*=''b"},
        "a=\"" + std::string(1100, 'y') + "\"; boundary=b"}) {
    std::string message = "Content-Type: multipart/mixed; " + parameter + "\r\n\r\n";
    for (std::size_t part = 0; part <= kMaxParts; ++part) message += "--b\r\n\r\n";
    EXPECT_EQ(scan(message).defects.size(), 1U) << parameter.substr(0, 20);
  }
}

TEST(Limits, EndAtTooDeepANestOfMultiparts) {
  std::string message;
  for (int level = 0; level < 200; ++level) {
    const auto boundary = "b" + std::to_string(level);
    message +=
        "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
  }
  EXPECT_EQ(scan(message).defects,
            std::vector<std::string>{"nested deeper than 100 levels: the rest was not read"});
}

TEST(Limits, EndAtTooDeepANestOfMessages) {
  std::string message;
  for (int level = 0; level < 200; ++level) message += "Content-Type: message/rfc822\n\n";
  EXPECT_EQ(scan(message).defects,
            std::vector<std::string>{"nested deeper than 100 levels: the rest was not read"});
}

TEST(Limits, CountLevelsAndNotSiblings) {
  std::string message = "Content-Type: multipart/mixed; boundary=top\r\n\r\n";
  for (int sibling = 0; sibling < 300; ++sibling) {
    const auto boundary = "s" + std::to_string(sibling);
    message += "--top\r\nContent-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary +
               "\r\n\r\nx\r\n--" + boundary + "--\r\n";
  }
  EXPECT_TRUE(scan(message).defects.empty());
}

TEST(Limits, DoNotCountDashesThatAreNoBoundary) {
  std::string message = "Subject: a patch\r\n\r\n";
  for (std::size_t line = 0; line < 2 * kMaxParts; ++line) message += "-- removed\r\n";
  EXPECT_TRUE(scan(message).defects.empty());
}

}  // namespace
}  // namespace mailspoor::index
