#include "deliver/base/modified_utf7.hpp"

#include <gtest/gtest.h>

#include <string>

#include "deliver/base/text.hpp"

namespace mailspoor::base {
namespace {

struct NameCase {
  std::string_view name, modified_utf7, utf8;
};
class ModifiedUtf7 : public testing::TestWithParam<NameCase> {};
TEST_P(ModifiedUtf7, GoesThereAndBack) {
  EXPECT_EQ(from_modified_utf7(GetParam().modified_utf7), GetParam().utf8);
  EXPECT_EQ(to_modified_utf7(GetParam().utf8), GetParam().modified_utf7);
}
INSTANTIATE_TEST_SUITE_P(
    Names, ModifiedUtf7,
    testing::Values(NameCase{"empty", "", ""}, NameCase{"ascii", "Sent Items", "Sent Items"},
                    NameCase{"ampersand", "R&-D", "R&D"},
                    // RFC 3501 §5.1.3
                    NameCase{"rfc_3501", "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
                             "~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
                    NameCase{"german", "Entw&APw-rfe", "Entw\xC3\xBCrfe"},
                    NameCase{"emoji", "&2D3eAA-", "\xF0\x9F\x98\x80"}, NameCase{"control", "&AAo-", "\n"},
                    NameCase{"decomposed", "e&AwE-", "e\xCC\x81"},
                    NameCase{"ends_in_ampersand", "a&-", "a&"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(ModifiedUtf7, IsNothingElse) {
  for (const auto* name : {"&", "a&", "&AOk", "&AC8-", "&AGE-", "&AOkAYQ-", "&AOl-", "&2D0-", "&3gA-",
                           "&2D0AYQ-", "&A-", "&AO/-", "\xC3\xA9", "a\nb", "&AOk-&AOk-", "&=-"}) {
    EXPECT_FALSE(from_modified_utf7(name)) << name;
  }
}

TEST(ModifiedUtf7, GoesThereAndBackForEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string utf8{"a"};
    append_utf8(utf8, c);
    utf8 += "&b";
    ASSERT_EQ(from_modified_utf7(to_modified_utf7(utf8)), utf8) << std::hex << static_cast<unsigned>(c);
  }
}

TEST(ModifiedUtf7, WritesTheReplacementForWhatIsNoUtf8) { EXPECT_EQ(to_modified_utf7("\xFF"), "&,,0-"); }

}  // namespace
}  // namespace mailspoor::base
