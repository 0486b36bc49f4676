#include "deliver/folder_identity.hpp"

#include <gtest/gtest.h>

#include "deliver/directory.hpp"
#include "deliver/error.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

const FolderIdentity kIdentity{.account = "work",
                               .mailbox = "Archive/2024",
                               .mailbox_raw = "Archive.2024",
                               .delimiter = '.',
                               .uid_validity = 1700000000,
                               .object_id = {},
                               .special_use = "\\Archive"};

TEST(FolderIdentity, IsWrittenAsDocumented) {
  EXPECT_EQ(
      to_json(kIdentity),
      R"({"schema":1,"account":"work","mailbox":"Archive/2024","mailbox_raw":"Archive.2024","delimiter":".",)"
      R"("uid_validity":1700000000,"object_id":null,"special_use":"\\Archive"})"
      "\n");
}

TEST(FolderIdentity, GoesThereAndBack) {
  auto odd = kIdentity;
  odd.mailbox_raw = std::string{"a\0\xFF\"\\\n", 6};
  odd.delimiter = '\xE9';
  odd.object_id = "F2212ea87-6097-4256-9d51-71338625";
  auto flat = kIdentity;
  flat.delimiter.reset();
  flat.special_use.reset();
  flat.uid_validity = UINT32_MAX;
  auto maildrop = flat;
  maildrop.is_maildrop = true;
  EXPECT_NE(to_json(maildrop).find(R"("protocol":"pop3"})"), std::string::npos);
  for (const auto& identity : {kIdentity, odd, flat, maildrop})
    EXPECT_EQ(parse_folder_identity(to_json(identity)), identity);
  EXPECT_NE(to_json(odd).find(R"("mailbox_raw_hex":"6100ff225c0a")"), std::string::npos);
}

TEST(FolderIdentity, IsNothingElse) {
  for (const auto* text :
       {"", "{}", "[]", "null", "{", R"({"schema":1,"account":"a","mailbox":"b","mailbox_raw":"c"})",
        R"({"schema":1,"account":"a","mailbox":"b","mailbox_raw":"c","uid_validity":4294967296})",
        R"({"schema":1,"account":"a","mailbox":"b","mailbox_raw_hex":"0","uid_validity":1})"}) {
    EXPECT_FALSE(parse_folder_identity(text)) << text;
  }
}

TEST(FolderIdentity, OfALaterSchemaIsRefused) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "mailspoor.json", R"({"schema":2})");
  try {
    read_folder_identity(Directory::open(directory.path()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string{error.what()}.find("mailspoor.json: schema 2"), std::string::npos) << error.what();
  }
}

TEST(FolderIdentity, IsReplacedAsAWhole) {
  const TemporaryDirectory directory;
  const auto folder = Directory::open(directory.path());
  EXPECT_FALSE(read_folder_identity(folder));
  write_text(directory.path() / "mailspoor.json.new", "left by a killed run");
  write_folder_identity(folder, kIdentity);
  auto next = kIdentity;
  next.uid_validity = 2;
  write_folder_identity(folder, next);
  EXPECT_EQ(read_folder_identity(folder), next);
  EXPECT_EQ(names_in(directory.path()), std::vector<std::string>{"mailspoor.json"});
}

}  // namespace
}  // namespace mailspoor::deliver
