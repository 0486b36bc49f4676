#include "deliver/base/uid_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mailspoor::base {
namespace {

TEST(UidSet, JoinsWhatTouches) {
  UidSet set;
  set.add(5);
  set.add(7, 9);
  EXPECT_EQ(to_sequence_set(set), "5,7:9");
  set.add(6);
  EXPECT_EQ(to_sequence_set(set), "5:9");
  set.add(1, 2);
  EXPECT_EQ(to_sequence_set(set), "1:2,5:9");
  set.add(2, 20);
  EXPECT_EQ(to_sequence_set(set), "1:20");
}

TEST(UidSet, LeavesOutZeroAndReversedRanges) {
  UidSet set{0, 3};
  EXPECT_EQ(to_sequence_set(set), "1:3");
  set.add(0);
  set.add(9, 8);
  EXPECT_EQ(to_sequence_set(set), "1:3");
}

TEST(UidSet, ReachesTheGreatestUid) {
  UidSet set{UINT32_MAX - 1, UINT32_MAX};
  set.add(UINT32_MAX);
  set.add(1);
  EXPECT_EQ(to_sequence_set(set), "1,4294967294:4294967295");
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(set.contains(UINT32_MAX));
  set.remove(UidSet{2, UINT32_MAX});
  EXPECT_EQ(to_sequence_set(set), "1");
  UidSet all{1, UINT32_MAX};
  EXPECT_EQ(all.size(), 4294967295U);
  all.add(7);
  all.remove(all);
  EXPECT_TRUE(all.empty());
}

TEST(UidSet, AgreesWithASetOfNumbers) {
  std::mt19937 random{1};  // NOLINT(cert-msc51-cpp): the same numbers each time
  const auto pick = [&] { return static_cast<std::uint32_t>(random() % 64 + 1); };
  for (int round = 0; round < 2000; ++round) {
    UidSet set;
    std::set<std::uint32_t> expected;
    for (int step = 0; step < 12; ++step) {
      const auto first = pick();
      const auto last = std::min<std::uint32_t>(64, first + pick() % 8);
      const UidSet range{first, last};
      const bool is_removal = random() % 3 == 0;
      if (is_removal && first == last) {
        set.remove(first);
      } else if (is_removal) {
        set.remove(range);
      } else if (random() % 2 == 0) {
        set.add(range);
      } else {
        set.add(first, last);
      }
      for (auto uid = first; uid <= last; ++uid) {
        if (is_removal) {
          expected.erase(uid);
        } else {
          expected.insert(uid);
        }
      }
    }
    ASSERT_EQ(set.size(), expected.size());
    for (std::uint32_t uid = 0; uid <= 66; ++uid)
      ASSERT_EQ(set.contains(uid), expected.count(uid) == 1) << uid;
    for (std::size_t index = 1; index < set.ranges().size(); ++index) {
      ASSERT_GT(set.ranges()[index].first, set.ranges()[index - 1].last + 1);
    }
    ASSERT_EQ(parse_sequence_set(to_sequence_set(set)), set);
    if (!expected.empty()) {
      ASSERT_EQ(set.min(), *expected.begin());
      ASSERT_EQ(set.max(), *expected.rbegin());
    }
  }
}

TEST(UidSet, GivesItsSmallestAndGreatestMembers) {
  const auto set = parse_sequence_set("3:5,9,4294967290:4294967295").value();
  EXPECT_EQ(to_sequence_set(set.smallest(4)), "3:5,9");
  EXPECT_EQ(to_sequence_set(set.smallest(2)), "3:4");
  EXPECT_EQ(to_sequence_set(set.greatest(6)), "4294967290:4294967295");
  EXPECT_EQ(to_sequence_set(set.greatest(8)), "5,9,4294967290:4294967295");
  for (const std::uint64_t count : {std::uint64_t{10}, std::uint64_t{11}, UINT64_MAX}) {
    EXPECT_EQ(set.smallest(count), set);
    EXPECT_EQ(set.greatest(count), set);
  }
  EXPECT_EQ(set.smallest(0), UidSet{});
  EXPECT_EQ(set.greatest(0), UidSet{});
}

TEST(UidSet, LosesOneMember) {
  auto set = parse_sequence_set("3:5,9").value();
  for (const std::uint32_t uid : {4U, 9U, 1U, 4294967295U}) set.remove(uid);
  EXPECT_EQ(to_sequence_set(set), "3,5");
}

TEST(UidSet, FallsIntoPartsOfSoManyRanges) {
  std::vector<std::string> parts;
  for (const auto& part : in_parts(parse_sequence_set("1:9,11,13:14,20,22").value(), 2))
    parts.push_back(to_sequence_set(part));
  EXPECT_EQ(parts, (std::vector<std::string>{"1:9,11", "13:14,20", "22"}));
  EXPECT_TRUE(in_parts(UidSet{}, 2).empty());
}

TEST(SequenceSet, IsReadInAnyOrder) {
  EXPECT_EQ(to_sequence_set(parse_sequence_set("9,5:3,4").value()), "3:5,9");
  EXPECT_EQ(parse_sequence_set(""), UidSet{});
}

TEST(SequenceSet, IsNothingElse) {
  for (const auto* text : {"*", "1:*", "0", "1:0", "1,", ",1", "1,,2", "1:", ":1", "1 2", "-1", "+1",
                           "4294967296", "1:2:3", "a"}) {
    EXPECT_FALSE(parse_sequence_set(text)) << text;
  }
}

}  // namespace
}  // namespace mailspoor::base
