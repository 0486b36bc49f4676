#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/store/database.hpp"
#include "index/track/tracking_reader.hpp"
#include "index/verdict_basis.hpp"

namespace mailspoor::index {

/// What a number of messages was judged by.
struct JudgedMessages {
  std::int64_t basis_row = 0;
  std::string account;
  VerdictBasis basis;
  std::uint64_t messages = 0;
};
std::vector<JudgedMessages> judged_messages(Database& db);

/// Reads what a message is judged by again.
class VerdictReader {
 public:
  explicit VerdictReader(Database& db);

  struct Observations {
    std::int64_t message = 0;
    std::string header_section;  ///< As readable_section() gave it.
    TrackedContent content;
  };
  /// Of the messages of that basis the next ones behind `after`, ascending: 1,000, or what is read by the
  /// time that it takes 16 MiB; none at the end.
  /// @throws DatabaseError.
  std::vector<Observations> read_some(std::int64_t basis_row, std::int64_t after);

 private:
  std::size_t read_content(Observations& found);

  Statement messages_;
  Statement resources_;
  Statement links_;
};

}  // namespace mailspoor::index
