#include "index/trace/dkim_signature.hpp"

#include <gtest/gtest.h>

#include "index/trace/tag_list.hpp"

namespace mailspoor::index {
namespace {

// --- Tag lists ---

TEST(TagListText, GivesNamesAndValues) {
  const TagList tags{" v=1; a = rsa-sha256 ;\r\n\tb=ab\r\n cd= ; empty=;"};
  EXPECT_TRUE(tags.is_well_formed());
  EXPECT_EQ(tags.tags().size(), 4U);
  EXPECT_EQ(tags.text("v"), "1");
  EXPECT_EQ(tags.text("a"), "rsa-sha256");
  EXPECT_EQ(tags.text("b"), "abcd=");
  EXPECT_EQ(tags.text("empty"), "");
  EXPECT_FALSE(tags.text("V"));
}

TEST(TagListText, IsVoidWithATagTwiceOrWithoutName) {
  for (const char* text : {"v=1; v=1", "v=1; =2", "v=1; x", "1a=2", "a-b=1"})
    EXPECT_FALSE(TagList{text}.is_well_formed()) << text;
  for (const char* text : {"", ";", "a=", "A=1; a=2", "a_1=x;;b=y"})
    EXPECT_TRUE(TagList{text}.is_well_formed()) << text;
  std::string many;
  for (std::size_t count = 0; count <= kMaxTags; ++count) many += "t" + std::to_string(count) + "=;";
  EXPECT_FALSE(TagList{many}.is_well_formed());
}

TEST(Base64, MayHoldBlanksAndLackPadding) {
  EXPECT_EQ(decode_base64("aGVs\r\n bG8="), "hello");
  EXPECT_EQ(decode_base64("aGVsbG8"), "hello");
  EXPECT_EQ(decode_base64("aGVsbA=="), "hell");
  EXPECT_EQ(decode_base64(""), "");
  for (const char* text : {"a", "a===", "====", "aGVs!G8=", "aG=sbG8=", "aGVsbG8=a"})
    EXPECT_FALSE(decode_base64(text)) << text;
}

// --- DKIM-Signature ---

constexpr const char* kSignature =
    " v=1; a=rsa-sha256; d=Example.NET; s=brisbane;\r\n c=simple; q=dns/txt; i=@eng.example.net;\r\n "
    "t=1117574938; "
    "x=1118006938; l=20;\r\n h=from:To : subject\r\n :date:FROM;\r\n "
    "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;\r\n "
    "b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSb\r\n av+yuU4zGeeruD00lszZVoG4ZHRNiYzR";

TEST(DkimSignatureField, GivesItsTags) {
  const auto signature = parse_dkim_signature(kSignature);
  EXPECT_TRUE(signature.defects.empty()) << signature.defects.front();
  EXPECT_EQ(signature.algorithm, DkimAlgorithm::rsa_sha256);
  EXPECT_EQ(signature.domain, "example.net");
  EXPECT_EQ(signature.selector, "brisbane");
  EXPECT_EQ(signature.identity, "@eng.example.net");
  EXPECT_EQ(signature.signed_fields, (std::vector<std::string>{"from", "to", "subject", "date", "from"}));
  EXPECT_EQ(signature.body_hash, "12345678901234567890123456789012");
  EXPECT_EQ(signature.signature.size(), 48U);
  EXPECT_EQ(signature.timestamp, 1'117'574'938);
  EXPECT_EQ(signature.expiration, 1'118'006'938);
  EXPECT_EQ(signature.body_length, 20U);
}

TEST(DkimSignatureField, HasAFormOfHeaderAndBody) {
  const auto forms = [](std::string_view c) {
    const auto signature = parse_dkim_signature("c=" + std::string{c});
    return std::pair{signature.header_canonicalization, signature.body_canonicalization};
  };
  EXPECT_EQ(forms("relaxed/relaxed"), std::pair(Canonicalization::relaxed, Canonicalization::relaxed));
  EXPECT_EQ(forms("relaxed"), std::pair(Canonicalization::relaxed, Canonicalization::simple));
  EXPECT_EQ(forms("simple/relaxed"), std::pair(Canonicalization::simple, Canonicalization::relaxed));
  EXPECT_EQ(forms("simple"), std::pair(Canonicalization::simple, Canonicalization::simple));
}

TEST(DkimSignatureField, NamesWhyNobodyMayTakeIt) {
  const std::string rest = " d=a.example; s=s; bh=AAAA; b=AAAA";
  const struct {
    std::string field_body;
    const char* defect;
  } cases[] = {
      {"v=2; a=rsa-sha256; h=from;" + rest, "the version (v=) is not 1"},
      {"a=rsa-sha256; h=from;" + rest, "there is no v="},
      {"v=1; a=rsa-md5; h=from;" + rest, "the algorithm (a=) is not known"},
      {"v=1; a=rsa-sha256; h=to;" + rest, "From is not signed (h=)"},
      {"v=1; a=rsa-sha256; h=from; c=nowsp;" + rest, "the canonicalization (c=) is not known"},
      {"v=1; a=rsa-sha256; h=from; i=@b.example;" + rest, "i= is no address below d="},
      {"v=1; a=rsa-sha256; h=from; i=@xa.example;" + rest, "i= is no address below d="},
      {"v=1; a=rsa-sha256; h=from; l=-1;" + rest, "unreadable body length (l=)"},
      {"v=1; a=rsa-sha256; h=from; l=99999999999999999999;" + rest, "unreadable body length (l=)"},
      {"v=1; a=rsa-sha256; h=from; t=2; x=2;" + rest, "it ends (x=) before it begins (t=)"},
      {"v=1; a=rsa-sha256; h=from; x=253402300800;" + rest, "unreadable time (x=)"},
      {"v=1; a=rsa-sha256; h=from; q=pigeon;" + rest, "its key is not in the DNS (q=)"},
      {"v=1; a=rsa-sha256; h=from; s=s;" + rest, "the tags are malformed"},
      {"v=1; a=rsa-sha256; h=from; d=a.example; s=s; bh=A; b=AAAA", "bh= is no base64"},
  };
  for (const auto& test : cases) {
    const auto defects = parse_dkim_signature(test.field_body).defects;
    ASSERT_FALSE(defects.empty()) << test.field_body;
    EXPECT_EQ(defects.front(), test.defect) << test.field_body;
  }
}

TEST(DkimSignatureField, OfArcHasAnInstance) {
  const auto signature = parse_dkim_signature("i=3; a=rsa-sha256; d=a.example; s=s; h=from; bh=AAAA; b=AAAA",
                                              SignatureField::arc);
  EXPECT_TRUE(signature.defects.empty());
  EXPECT_EQ(signature.arc_instance, 3U);
  EXPECT_FALSE(signature.identity);
}

TEST(DkimSignatureField, LosesOnlyTheValueOfB) {
  EXPECT_EQ(without_signature_value(" v=1; b=ab\r\n cd ; bh=xy; l=1"), " v=1; b=; bh=xy; l=1");
  EXPECT_EQ(without_signature_value("bh=b=; b =\r\n ab==\r\n "), "bh=b=; b =");
  EXPECT_EQ(without_signature_value("bh=xy"), "bh=xy");
}

}  // namespace
}  // namespace mailspoor::index
