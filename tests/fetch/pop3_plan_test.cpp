#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fetch/pop3/plan.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

/// A message on one side: its UIDL (none: ""), its size and its header section.
struct Side {
  std::string uidl;
  std::uint64_t octets;
  std::string header;
};

struct Outcome {
  std::vector<std::string> rows;  ///< `number held UID`, `number fetch UID [may be UIDs]`
  std::vector<std::uint32_t> tops;
  std::string closed, nameless_holes;
  bool operator==(const Outcome&) const = default;
};

/// What is planned for a server with the messages `there`, where `here` are held as UIDs 1, 2 ...
class Maildrop {
 public:
  std::vector<Side> there;
  std::vector<Side> here;
  bool has_top = true;
  MaildropState state;

  Outcome plan() {
    state.epoch = {7};
    for (const auto& side : here) {
      const auto uid = state.next_uid++;
      state.stored.add(uid);
      state.entries.push_back({name_of(side).hash, uid, side.octets});
    }
    std::stable_sort(state.entries.begin(), state.entries.end(),
                     [](const auto& left, const auto& right) { return left.hash < right.hash; });
    std::vector<Listed> listed;
    for (const auto& side : there) {
      Listed one;
      one.number = static_cast<std::uint32_t>(listed.size() + 1);
      one.octets = side.octets;
      if (!side.uidl.empty()) one.name = base::maildrop_name(side.uidl);
      listed.push_back(one);
    }
    Outcome outcome;
    const auto plan = make_plan(
        listed, state,
        [&](const std::vector<std::uint32_t>& numbers) {
          outcome.tops = numbers;
          std::vector<std::string> digests;
          if (!has_top) return digests;
          for (const auto number : numbers) digests.push_back(base::header_digest(there[number - 1].header));
          return digests;
        },
        [&](const UidSet& uids) {
          std::vector<HeldContent> contents;
          for (std::uint32_t uid = 1; uid <= here.size(); ++uid) {
            if (uids.contains(uid))
              contents.push_back({uid, "", "", base::header_digest(here[uid - 1].header)});
          }
          return contents;
        });
    std::map<std::uint32_t, std::string> rows;
    for (const auto& [uid, number, is_sure, name] : plan.held) {
      EXPECT_TRUE(plan.matched.contains(uid));
      rows[number] = std::to_string(number) + (is_sure ? " held " : " found as ") + std::to_string(uid);
    }
    EXPECT_EQ(plan.matched.size(), plan.held.size());
    for (const auto& wanted : plan.wanted) {
      EXPECT_TRUE(rows[wanted.number].empty());
      rows[wanted.number] = std::to_string(wanted.number) + " fetch " + std::to_string(wanted.uid);
      if (wanted.may_be) rows[wanted.number] += " may be " + base::to_sequence_set(*wanted.may_be);
      if (wanted.may_be_back)
        rows[wanted.number] += " may be back as " + base::to_sequence_set(*wanted.may_be_back);
    }
    for (const auto& held : plan.held) {
      for (const auto& entry : plan.relisted)
        if (entry.uid == held.uid) rows[held.number] += " with " + std::to_string(entry.size.value_or(0));
    }
    for (const auto& [number, row] : rows) outcome.rows.push_back(row);
    EXPECT_EQ(outcome.rows.size(), there.size());
    if (!plan.closed.empty()) outcome.closed = base::to_sequence_set(plan.closed);
    if (!plan.nameless_holes.empty()) outcome.nameless_holes = base::to_sequence_set(plan.nameless_holes);
    return outcome;
  }

 private:
  static MaildropName name_of(const Side& side) {
    return side.uidl.empty() ? base::nameless_maildrop_name(base::header_digest(side.header))
                             : base::maildrop_name(side.uidl);
  }
};

using Rows = std::vector<std::string>;
using Numbers = std::vector<std::uint32_t>;

TEST(Plan, FetchesWhatIsNew) {
  Maildrop maildrop;
  maildrop.there = {{"a", 1, "A"}, {"b", 2, "B"}, {"c", 3, "C"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 1", "2 fetch 2", "3 fetch 3"}));
  Maildrop later;
  later.there = maildrop.there;
  later.here = {{"b", 2, "B"}, {"a", 1, "A"}, {"gone", 9, "G"}};
  const auto outcome = later.plan();
  EXPECT_EQ(outcome.rows, (Rows{"1 held 2", "2 held 1", "3 fetch 4"}));
  EXPECT_EQ(outcome.tops, Numbers{});
}

TEST(Plan, TellsAReusedUidlByItsHeaderSection) {
  Maildrop maildrop;
  maildrop.there = {{"a", 10, "NEW"}, {"b", 21, "B"}};
  maildrop.here = {{"a", 1, "A"}, {"b", 20, "B"}};  // b: the server counts its octets in another way
  const auto outcome = maildrop.plan();
  EXPECT_EQ(outcome.rows, (Rows{"1 fetch 3 may be 1", "2 found as 2 with 21"}));
  EXPECT_EQ(outcome.tops, (Numbers{1, 2}));
}

TEST(Plan, TellsAReusedUidlByItsOctetsWhereThereIsNoTop) {
  Maildrop maildrop;
  maildrop.has_top = false;
  maildrop.there = {{"a", 10, "NEW"}, {"b", 2, "B"}};
  maildrop.here = {{"a", 1, "A"}, {"b", 2, "B"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 3 may be 1", "2 held 2"}));
}

TEST(Plan, KeepsMessagesOfOneUidlApart) {
  Maildrop maildrop;
  maildrop.there = {{"same", 5, "A"}, {"same", 5, "B"}, {"same", 5, "C"}};
  maildrop.here = {{"same", 5, "B"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 2", "2 found as 1", "3 fetch 3"}));
  Maildrop whole;
  whole.there = maildrop.there;
  whole.here = {{"same", 5, "C"}, {"same", 5, "B"}, {"same", 5, "A"}};
  EXPECT_EQ(whole.plan().rows, (Rows{"1 found as 3", "2 found as 2", "3 found as 1"}));
}

TEST(Plan, OfEqualMessagesOfOneUidlEachIsHeldOnce) {
  Maildrop maildrop;
  maildrop.there = {{"same", 5, "A"}, {"same", 5, "A"}, {"same", 6, "A"}};
  maildrop.here = {{"same", 5, "A"}, {"same", 6, "A"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 found as 1", "2 fetch 3", "3 found as 2"}));
}

TEST(Plan, WithoutTopOnlyOctetsTellMessagesOfOneUidl) {
  Maildrop maildrop;
  maildrop.has_top = false;
  maildrop.there = {{"same", 5, "A"}, {"same", 6, "B"}};
  maildrop.here = {{"same", 6, "B"}, {"same", 5, "A"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 3 may be 1:2", "2 fetch 4 may be 1:2"}));
}

TEST(Plan, NamesTheNamelessByTheirHeaderSections) {
  Maildrop maildrop;
  maildrop.there = {{"", 1, "A"}, {"", 2, "B"}, {"", 2, "B"}, {"", 9, "A"}};
  maildrop.here = {{"", 1, "A"}, {"", 2, "B"}};
  const auto outcome = maildrop.plan();
  EXPECT_EQ(outcome.rows, (Rows{"1 found as 1", "2 found as 2", "3 fetch 3", "4 fetch 4"}));
  EXPECT_EQ(outcome.tops, (Numbers{1, 2, 3, 4}));
}

TEST(Plan, IsNeverSureOfTheNameless) {
  Maildrop maildrop;
  maildrop.there = {{"", 1, "A"}, {"b", 2, "B"}};
  maildrop.here = maildrop.there;
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 found as 1", "2 held 2"}));
}

TEST(Plan, FetchesTheNamelessWithoutTop) {
  Maildrop maildrop;
  maildrop.has_top = false;
  maildrop.there = {{"", 1, "A"}, {"x", 2, "X"}};
  maildrop.here = {{"", 1, "A"}, {"x", 2, "X"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 3 may be 1:2", "2 held 2"}));
}

TEST(Plan, FillsHolesAndClosesThoseThatNobodyLists) {
  Maildrop maildrop;
  maildrop.state.next_uid = 10;
  maildrop.state.holes.add(4);
  maildrop.state.holes.add(5);
  maildrop.state.entries = {{base::maildrop_name("hole").hash, 4, {}},
                            {base::maildrop_name("other").hash, 5, {}}};
  maildrop.there = {{"new", 1, "N"}, {"hole", 1, "H"}};
  const auto outcome = maildrop.plan();
  EXPECT_EQ(outcome.rows, (Rows{"1 fetch 10", "2 fetch 4"}));
  EXPECT_EQ(outcome.closed, "5");
}

TEST(Plan, KnowsWhatHasItsUidlOnlyNowAndThen) {
  Maildrop without;
  without.there = {{"", 1, "A"}, {"", 2, "B"}, {"", 3, "C"}, {"", 9, "D"}};
  without.here = {{"a", 1, "A"}, {"b", 2, "B"}, {"d", 4, "D"}};
  EXPECT_EQ(without.plan().rows, (Rows{"1 found as 1", "2 found as 2", "3 fetch 4", "4 fetch 5"}));
  Maildrop again;
  again.there = {{"a", 1, "A"}, {"b", 2, "B"}, {"c", 5, "C"}};
  again.here = {{"", 1, "A"}, {"old", 5, "C"}};
  EXPECT_EQ(again.plan().rows, (Rows{"1 fetch 3 may be 1", "2 fetch 4", "3 fetch 5"}));
}

TEST(Plan, KeepsHolesThatNothingNamesApart) {
  Maildrop maildrop;
  maildrop.has_top = false;
  maildrop.state.next_uid = 6;
  maildrop.state.holes.add(5);
  maildrop.state.entries = {{0, 5, {}}};
  maildrop.there = {{"", 1, "A"}};
  const auto outcome = maildrop.plan();
  EXPECT_EQ(outcome.rows, (Rows{"1 fetch 6"}));
  EXPECT_EQ(outcome.closed, "5");
  EXPECT_EQ(outcome.nameless_holes, "5");
}

TEST(Plan, WhatIsGoneIsNoneOfTheHeld) {
  Maildrop maildrop;
  maildrop.state.next_uid = 2;
  maildrop.state.entries = {{base::maildrop_name("back").hash, 1, 1}};
  maildrop.there = {{"back", 1, "B"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 fetch 2 may be back as 1"}));
}

TEST(Plan, SizesThatNobodyTellsAreNoDifference) {
  Maildrop maildrop;
  maildrop.state.next_uid = 2;
  maildrop.state.stored.add(1);
  maildrop.state.entries = {{base::maildrop_name("a").hash, 1, {}}};
  maildrop.there = {{"a", 1, "A"}};
  EXPECT_EQ(maildrop.plan().rows, (Rows{"1 held 1"}));
}

}  // namespace
}  // namespace mailspoor::fetch::pop3
