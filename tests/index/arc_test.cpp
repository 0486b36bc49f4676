#include "index/trace/arc.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

std::string seal(int instance, const char* cv) {
  return "ARC-Seal: i=" + std::to_string(instance) + "; a=rsa-sha256; t=1706698803; cv=" + cv + "; d=L" +
         std::to_string(instance) + ".example; s=arc; b=AAAA\r\n";
}
std::string message_signature(int instance) {
  return "ARC-Message-Signature: i=" + std::to_string(instance) +
         "; a=rsa-sha256; c=relaxed/relaxed; d=l.example; s=arc; h=from:to; bh=AAAA; b=AAAA\r\n";
}
std::string results(int instance, const char* spf) {
  return "ARC-Authentication-Results: i=" + std::to_string(instance) + "; mx" + std::to_string(instance) +
         ".example; spf=" + spf + "\r\n";
}
std::string set(int instance, const char* cv, const char* spf) {
  return seal(instance, cv) + message_signature(instance) + results(instance, spf);
}

struct Read {
  explicit Read(std::string text)
      : octets{std::move(text)}, chain{read_arc(parse_header_section(octets).fields)} {}
  std::string octets;
  ArcChain chain;
};

TEST(ArcChain, HasItsSetsOldestFirst) {
  const Read read{set(2, "pass", "fail") + "Received: x\r\n" + set(1, "none", "pass") +
                  "From: a@b.example\r\n"};
  ASSERT_EQ(read.chain.sets.size(), 2U);
  EXPECT_TRUE(read.chain.is_complete());
  const auto& newest = read.chain.sets[1];
  EXPECT_EQ(newest.instance, 2U);
  EXPECT_TRUE(newest.is_complete);
  EXPECT_EQ(newest.seal->chain_validation, "pass");
  EXPECT_EQ(newest.seal->domain, "l2.example");
  EXPECT_EQ(newest.seal->timestamp, 1'706'698'803);
  EXPECT_EQ(newest.seal_position, 0U);
  EXPECT_EQ(newest.results_position, 2U);
  ASSERT_TRUE(read.chain.sets[0].results);
  EXPECT_EQ(read.chain.sets[0].results->authserv_id, "mx1.example");
  EXPECT_EQ(read.chain.sets[0].results->results[0].result, "pass");
}

TEST(ArcChain, IsNotCompleteWhereAPartIsMissingDoubledOrOutOfPlace) {
  const struct {
    const char* name;
    std::string octets;
  } cases[] = {
      {"no fields", ""},
      {"no seal", message_signature(1) + results(1, "pass")},
      {"no signature", seal(1, "none") + results(1, "pass")},
      {"no results", seal(1, "none") + message_signature(1)},
      {"a seal twice", seal(1, "none") + set(1, "none", "pass")},
      {"no set 1", set(2, "pass", "pass")},
      {"a gap", set(3, "pass", "pass") + set(1, "none", "pass")},
      {"cv=pass in set 1", set(1, "pass", "pass")},
      {"cv=none in set 2", set(2, "none", "pass") + set(1, "none", "pass")},
      {"cv=fail", set(2, "fail", "pass") + set(1, "none", "pass")},
      {"a field without an instance", "ARC-Seal: a=x\r\n" + set(1, "none", "pass")},
  };
  for (const auto& test : cases) EXPECT_FALSE(Read{test.octets}.chain.is_complete()) << test.name;
}

TEST(ArcSealField, NamesWhatIsWrong) {
  EXPECT_TRUE(parse_arc_seal("i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=AA").defects.empty());
  for (const char* body : {"", "i=1; a=rsa-sha256; cv=maybe; d=a.example; s=s; b=AA",
                           "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=AA; h=from",
                           "i=1; i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=AA"})
    EXPECT_FALSE(parse_arc_seal(body).defects.empty()) << body;
}

}  // namespace
}  // namespace mailspoor::index
