#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as a journal: read whole, and again from every place where a reading may go on.
namespace {

using namespace mailspoor;

struct File {
  base::UniqueFd fd{memfd_create("journal", MFD_CLOEXEC)};
  explicit File(std::string_view octets) { deliver::write_all(fd.get(), octets, "journal"); }
};

struct Reading {
  deliver::JournalReading end;
  std::vector<deliver::JournalEntry> entries;
  /// By their ends: deliveries count at once, and those within an open batch once more.
  std::map<std::uint64_t, deliver::DeliveredEvent> deliveries;
};

Reading read(const File& file, std::uint64_t offset) {
  Reading reading;
  reading.end =
      deliver::read_journal(file.fd.get(), "journal", offset, [&](const deliver::JournalEntry& entry) {
        if (const auto* delivered = std::get_if<deliver::DeliveredEvent>(&entry.event)) {
          require(reading.deliveries.emplace(entry.end, *delivered).second);
        } else {
          reading.entries.push_back(entry);
        }
      });
  return reading;
}

/// What the quick reader of `stored` lines takes, the other must take for the same; what is written must come
/// back.
void check_line(std::string_view line) {
  const auto event = deliver::parse_any_line(line);
  if (const auto scanned = deliver::scan_stored_line(line)) require(event == deliver::JournalEvent{*scanned});
  if (!event) return;
  if (const auto* stored = std::get_if<deliver::StoredEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*stored)) == event);
  } else if (const auto* absent = std::get_if<deliver::AbsentEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*absent)) == event);
  } else if (const auto* hole = std::get_if<deliver::HoleEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*hole)) == event);
  } else if (const auto* accepted = std::get_if<deliver::AcceptedEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*accepted)) == event);
  } else if (const auto* flags = std::get_if<deliver::FlagsEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*flags)) == event);
  } else if (const auto* labels = std::get_if<deliver::LabelsEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*labels)) == event);
  } else if (const auto* gone = std::get_if<deliver::GoneEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*gone)) == event);
  } else if (const auto* renamed = std::get_if<deliver::RenamedEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*renamed)) == event);
  } else if (const auto* unlisted = std::get_if<deliver::UnlistedEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*unlisted)) == event);
  } else if (const auto* delivered = std::get_if<deliver::DeliveredEvent>(&*event)) {
    const auto written = deliver::to_journal_line(*delivered);
    require(deliver::parse_journal_line(written) == event);
    require(delivered->is_again || written.starts_with(deliver::delivered_line_start(delivered->sha256)));
  } else if (const auto* synced = std::get_if<deliver::SyncedEvent>(&*event)) {
    require(deliver::parse_journal_line(deliver::to_journal_line(*synced)) == event);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto whole = read(File{octets}, 0);
  require(whole.end.offset <= size);
  std::uint64_t last = 0;
  for (const auto& entry : whole.entries) {
    require(entry.offset >= last && entry.end > entry.offset && entry.end < whole.end.offset);
    last = entry.end;
    check_line(octets.substr(entry.offset, entry.end - entry.offset - 1));
  }
  check_line(octets.substr(0, octets.find('\n')));
  for (const auto& [end, delivered] : whole.deliveries) require(end <= size && octets[end - 1] == '\n');
  // Nothing counts behind the last commit, and a reading that goes on there finds the rest as one from the
  // start did.
  const auto rest = read(File{octets}, whole.end.offset);
  require(rest.entries.empty() && rest.end.offset == whole.end.offset && rest.end.open == whole.end.open);
  require(rest.deliveries ==
          decltype(rest.deliveries){whole.deliveries.upper_bound(whole.end.offset), whole.deliveries.end()});
  // A journal is cut anywhere and read twice: the same entries, in the same order.
  const auto cut = size == 0 ? 0 : data[0] * size / 256;
  const auto first = read(File{octets.substr(0, cut)}, 0);
  const auto second = read(File{octets}, first.end.offset);
  auto deliveries = first.deliveries;
  deliveries.insert(second.deliveries.begin(), second.deliveries.end());
  require(deliveries == whole.deliveries);
  require(first.entries.size() + second.entries.size() == whole.entries.size());
  for (std::size_t index = 0; index < whole.entries.size(); ++index) {
    const auto& entry =
        index < first.entries.size() ? first.entries[index] : second.entries[index - first.entries.size()];
    require(entry.event == whole.entries[index].event && entry.end == whole.entries[index].end);
  }
  return 0;
}
