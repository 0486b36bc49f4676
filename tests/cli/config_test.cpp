#include "cli/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "cli/error.hpp"
#include "deliver/account_name.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::cli {
namespace {

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "config-test-XXXXXX").string();
    const int fd = ::mkstemp(pattern.data());
    ::close(fd);
    options_.config = pattern;
  }
  ~ConfigFile() override { std::filesystem::remove(options_.config); }

  Config read(const std::string& text) {
    std::ofstream{options_.config} << text;
    return read_config(options_);
  }
  /// The error without the name of the file.
  std::string error_of(const std::string& text) {
    try {
      read(text);
    } catch (const UsageError& error) {
      return std::string{error.what()}.substr(options_.config.size());
    }
    return {};
  }
  GlobalOptions options_;
};

TEST_F(ConfigFile, TellsOnesOwnAddresses) {
  const auto settings =
      trace_settings(read("addresses = [\"anna@example.org\"]\n"
                          "receivers = [\"mx.example.org\"]\n"
                          "[accounts.work]\n"
                          "addresses = \"a.x@work.example\"\n"
                          "[accounts.home]\n"
                          "url = \"imaps://anna@imap.example.org\"\n"));
  EXPECT_EQ(settings.of("home").addresses, std::vector<std::string>{"anna@example.org"});
  EXPECT_EQ(settings.of("work").addresses,
            (std::vector<std::string>{"a.x@work.example", "anna@example.org"}));
  EXPECT_EQ(settings.of("work").servers.receivers, std::vector<std::string>{"mx.example.org"});
}

TEST_F(ConfigFile, TellsAccountsAndRoot) {
  const auto config = read(
      "root = \"/srv/mail\"\n"
      "trusted_networks = [\"10.0.0.0/8\"]\n"
      "[accounts.work]\n"
      "url = \"imaps://alice%40example.com@imap.example.com\"\n"
      "password_command = \"pass show mail/work\"\n"
      "exclude = [\"Junk\", \"Trash\"]\n"
      "mailbox = \"INBOX\"\n"
      "timeout = 30\n");
  EXPECT_EQ(config.root, "/srv/mail");
  const auto& work = config.accounts.at("work");
  EXPECT_EQ(work.url, "imaps://alice%40example.com@imap.example.com");
  EXPECT_EQ(work.password_command, "pass show mail/work");
  EXPECT_EQ(work.exclude, (std::vector<std::string>{"Junk", "Trash"}));
  EXPECT_EQ(work.mailbox, std::vector<std::string>{"INBOX"});
  EXPECT_EQ(work.timeout, 30U);
  EXPECT_FALSE(work.deadline);
  EXPECT_EQ(root_of(options_, config), "/srv/mail");
}

TEST_F(ConfigFile, ErrorsTellLineColumnAndTheNearestKey) {
  EXPECT_EQ(error_of("root = \"x\"\nacounts = 1\n"),
            ":2:1: unknown key `acounts`; the nearest known one is `accounts`");
  EXPECT_EQ(error_of("[accounts.work]\npasword_command = \"x\"\n"),
            ":2:1: unknown key `pasword_command`; the nearest known one is `password_command`");
  EXPECT_EQ(error_of("root = 5\n"), ":1:8: `root` must be a string");
  EXPECT_EQ(error_of("[accounts.work]\ntimeout = \"x\"\n"), ":2:11: `timeout` must be a whole number");
  EXPECT_EQ(error_of("[accounts.work]\nno_compress = 1\n"), ":2:15: `no_compress` must be true or false");
  EXPECT_EQ(error_of("[accounts.\"a/b\"]\n").substr(0, 5), ":1:11");
  EXPECT_EQ(error_of("[accounts.a]\nno_index = \"x\"\n"), ":2:1: `no_index` is not supported yet");
  EXPECT_EQ(error_of("root = \n").substr(0, 3), ":1:");
}

TEST_F(ConfigFile, ThatIsNamedMustExist) {
  std::filesystem::remove(options_.config);
  EXPECT_THROW(read_config(options_), UsageError);
}

TEST(AccountNames, AreSafeAsDirectories) {
  for (const char* name : {"work", "alice@imap.example.org", "a%20b@h", "a@h:1143"})
    EXPECT_TRUE(deliver::is_account_name(name)) << name;
  for (const char* name : {"", ".", "..", ".hidden", "-x", "a/b", "a b", "a\n", "é"})
    EXPECT_FALSE(deliver::is_account_name(name)) << name;
  const deliver::TemporaryDirectory root;
  EXPECT_TRUE(deliver::is_account_name(std::string(120, 'a')));
  EXPECT_NO_THROW((deliver::AccountStore{root.path(), std::string(120, 'a')}));
  EXPECT_FALSE(deliver::is_account_name(std::string(121, 'a'))) << "no account of the store can have that";
}

TEST_F(ConfigFile, NamesDatabasesOfPlaces) {
  using index::PlaceFile;
  using Kind = PlaceFile::Kind;
  EXPECT_EQ(read("").place_files, index::packaged_place_files());
  auto files = index::packaged_place_files();
  files.push_back({Kind::mmdb, "/srv/City.mmdb", true});
  EXPECT_EQ(read("[databases]\ncity = \"/srv/City.mmdb\"\n").place_files, files);
  EXPECT_EQ(
      read("[databases]\nlibloc = []\ntor_geoip = [\"/a\", \"/b\"]\nasn = \"/c\"\n").place_files,
      (std::vector<PlaceFile>{
          {Kind::mmdb, "/c", true}, {Kind::country_table, "/a", true}, {Kind::country_table, "/b", true}}));
  EXPECT_EQ(error_of("[databases]\ncities = \"x\"\n"),
            ":2:1: unknown key `cities`; the nearest known one is `city`");
  EXPECT_EQ(error_of("[databases]\ncity = 7\n"), ":2:8: `city` must be a string or an array of strings");
  EXPECT_EQ(error_of("databases = 7\n"), ":1:13: `databases` must be a table: write [databases]");
}

TEST_F(ConfigFile, NamesFilesOfTrackers) {
  using Paths = std::vector<std::filesystem::path>;
  EXPECT_EQ(trace_settings(read("trackers = \"/srv/a.tsv\"\n")).tracker_files, Paths{"/srv/a.tsv"});
  EXPECT_EQ(trace_settings(read("trackers = [\"/a\", \"/b\"]\n")).tracker_files, (Paths{"/a", "/b"}));
  EXPECT_EQ(error_of("trackers = 7\n"), ":1:12: `trackers` must be a string or an array of strings");
  EXPECT_EQ(error_of("tracker = \"/a\"\n"),
            ":1:1: unknown key `tracker`; the nearest known one is `trackers`");
}

}  // namespace
}  // namespace mailspoor::cli
