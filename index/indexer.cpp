#include "index/indexer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "index/error.hpp"
#include "index/message/header_reader.hpp"
#include "index/message/message_parser.hpp"
#include "index/message_file.hpp"
#include "index/store/compression.hpp"
#include "index/store/database.hpp"
#include "index/store/message_writer.hpp"
#include "index/store/verdict_reader.hpp"
#include "index/store/verdict_writer.hpp"
#include "index/trace/places.hpp"
#include "index/track/tracker_files.hpp"
#include "index/verdict_basis.hpp"

namespace mailspoor::index {
namespace {

/// Enough to keep the parsers busy while the writer commits, little enough to hold in memory.
constexpr std::size_t kMaxUnderWay = 128;
/// A transaction of so many items costs no more an item than a larger one (measured: 500 to 5,000 are alike).
constexpr std::size_t kItemsPerTransaction = 1'000;
/// Text that waits for the writer; parsers rest above it, so that messages of 16 MiB of text each do not pile
/// up.
constexpr std::size_t kMaxWaitingOctets = 32U << 20U;
/// Text that the writer takes at a time, but for the last message of it.
constexpr std::size_t kMaxTakenOctets = 4U << 20U;
/// A transaction that waits so long for the next message ends, so that a search sees what a slow server has
/// sent.
constexpr std::chrono::milliseconds kMaxIdle{500};

/// One step for the writer: a file that was parsed, or how far a journal has been read.
struct Item {
  /// What the server changed of a placement.
  struct Change {
    std::string unique_name;
    std::optional<std::vector<std::string>> flags;
    std::optional<Gone> gone;
    bool is_replaced = false;  ///< By the arrival.
  };

  IndexedMailbox mailbox;
  std::optional<Arrival> arrival;
  std::optional<Change> change;
  std::uint64_t journal_octets = 0;
  std::string former_folder;  ///< Of the mailbox, where it was renamed.
  std::optional<MessageObject> message;
  std::string header_section;  ///< Of the message, as the index keeps it.
  DocumentText document;       ///< What the message is found by.
  std::optional<std::string> failure;
  bool is_ready = false;

  /// What the message takes in memory, roughly; computed once it is parsed.
  std::size_t octets = 0;

  void weigh() {
    if (!message) return;
    for (const auto& text : document) octets += text.size();
    octets += header_section.size();
    for (const auto& resource : message->tracking.remote) octets += 256 + 2 * resource.url.size();
    for (const auto& link : message->tracking.links) octets += 256 + 2 * link.url.size();
    for (const auto& hop : message->hops) octets += hop.raw.size();
    const auto& summary = message->summary;
    for (const auto* list : {&summary.from, &summary.reply_to, &summary.to, &summary.cc, &summary.bcc}) {
      for (const auto& address : *list) octets += 64 + address.display_name.size() + address.addr_spec.size();
    }
    for (const auto& attachment : message->attachments)
      octets += 256 + attachment.filename.value_or("").size();
  }
};

/// Whether the file is where it is said to be, or was moved meanwhile to where it is now.
bool is_found(Arrival& arrival) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(arrival.path, ignored))) return true;
  if (!arrival.find_again) return false;
  arrival.path = arrival.find_again();
  return !arrival.path.empty();
}

void parse(Item& item, const TraceContext& context) {
  try {
    auto& arrival = *item.arrival;
    for (int tries = 0; tries < 3 && !item.message; ++tries) {
      if (!is_found(arrival)) {
        item.arrival.reset();
        return;
      }
      try {
        item.message = read_message_file(arrival.path, context);
      } catch (const std::exception&) {
        if (std::filesystem::exists(std::filesystem::symlink_status(arrival.path))) throw;
      }
    }
    if (!item.message) throw DatabaseError{"the file is moved again and again"};
    item.header_section = compressed(readable_section(item.message->header_section));
    item.document = document_text(*item.message);
    // While it waits: up to 1 MiB, and what the document has.
    std::string{}.swap(item.message->header_section);
    item.message->texts.clear();
  } catch (const std::exception& error) {
    item.message.reset();
    item.failure = error.what();
  }
}

/// Calls `work` for each index below `count`, in as many threads as there are cores.
/// @throws What the first call that failed did.
template <typename Work>
void in_parallel(std::size_t count, Work work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (auto index = next++; index < count; index = next++) work(index);
    } catch (...) {
      const std::lock_guard lock{mutex};
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned more = std::thread::hardware_concurrency(); more > 1; --more) threads.emplace_back(run);
  run();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

/// Items stand in one queue in the order of the calls. Parsers take the next unparsed one, the writer takes
/// those at the front that are ready. Each is woken for what it can do only: some ten thousand times a second
/// that is a good part of the work.
class Indexer::Impl {
 public:
  Impl(const std::filesystem::path& database, TraceSettings trace, unsigned threads)
      : trace_{std::move(trace)},
        places_{trace_.place_files},
        trackers_{trace_.tracker_files},
        db_{database, Database::Mode::write} {
    trace_.use(places_);
    trace_.use(trackers_.table());
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    writer_ = std::thread{[this] { write_all(); }};
    for (unsigned count = 0; count < threads; ++count) parsers_.emplace_back([this] { parse_all(); });
  }
  ~Impl() {
    {
      const std::lock_guard lock{mutex_};
      is_stopping_ = true;
    }
    to_parse_.notify_all();
    to_write_.notify_all();
    for (auto& parser : parsers_) parser.join();
    writer_.join();
  }

  void push(Item item) {
    std::unique_lock lock{mutex_};
    if (queue_.size() >= kMaxUnderWay)
      written_.wait(lock, [&] { return queue_.size() <= kMaxUnderWay / 2 || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    queue_.push_back(std::make_unique<Item>(std::move(item)));
    to_parse_.notify_one();
  }

  void expect_more(bool is_more) { expects_more_ = is_more; }

  IndexReport finish() {
    finish_quietly();
    if (!expects_more_ && !std::exchange(is_searchable_, true)) make_search_indexes(db_);
    const std::lock_guard lock{mutex_};
    report_.place_failures = places_.failures();
    report_.tracker_failures = trackers_.failures();
    return std::exchange(report_, {});
  }

  /// Runs while the writer has nothing under way.
  template <typename Read>
  auto read(Read read) {
    finish_quietly();
    return read(db_);
  }

  std::uint64_t judge_again(Indexer::Verdicts which) {
    // What its rows told would be gone from every message, and come back with the next run only.
    if (which == Indexer::Verdicts::trackers && trackers_.missing())
      throw DatabaseError{*trackers_.missing() + "; no message was judged again without its rows"};
    finish_quietly();
    std::uint64_t judged = 0;
    for (const auto& old : judged_messages(db_)) {
      auto basis = basis_of(old.account);
      // The other part stays as it is.
      (which == Indexer::Verdicts::trail ? basis.trackers : basis.trail) =
          which == Indexer::Verdicts::trail ? old.basis.trackers : old.basis.trail;
      if (old.messages > 0 && !(basis == old.basis)) judged += judge_again(old, basis, which);
    }
    return judged;
  }

 private:
  void finish_quietly() {
    std::unique_lock lock{mutex_};
    wants_commit_ = true;
    to_write_.notify_one();
    written_.wait(lock, [&] { return (queue_.empty() && !wants_commit_) || failure_; });
    if (failure_) std::rethrow_exception(failure_);
  }

  std::uint64_t judge_again(const JudgedMessages& old, const VerdictBasis& basis, Indexer::Verdicts which) {
    VerdictReader reader{db_};
    VerdictWriter writer{db_};
    std::uint64_t judged = 0;
    for (std::int64_t after = 0;;) {
      const auto read = reader.read_some(old.basis_row, after);
      if (read.empty()) return judged;
      std::vector<MessageObject> messages(read.size());
      in_parallel(read.size(), [&](std::size_t index) {
        messages[index] =
            index::judge_again(read[index].header_section, read[index].content, trace_.of(old.account));
      });
      Transaction txn{db_};
      const auto basis_row = writer.basis_row(old.account, basis);
      for (std::size_t index = 0; index < read.size(); ++index) {
        if (which == Indexer::Verdicts::trail) {
          writer.renew_trail(read[index].message, messages[index], basis_row);
        } else {
          writer.renew_tracking(read[index].message, messages[index], basis_row);
        }
      }
      txn.commit();
      judged += read.size();
      after = read.back().message;
    }
  }

  void parse_all() {
    std::unique_lock lock{mutex_};
    while (true) {
      to_parse_.wait(lock, [&] { return is_stopping_ || next_to_parse() != nullptr; });
      if (is_stopping_) return;
      Item* item = next_to_parse();
      ++parsed_;
      if (item->arrival && !item->arrival->path.empty()) {
        lock.unlock();
        std::exception_ptr failure;
        try {
          parse(*item, trace_.of(item->mailbox.account));
          item->weigh();
        } catch (...) {
          failure = std::current_exception();
        }
        lock.lock();
        if (failure) fail(failure);
      }
      item->is_ready = true;
      waiting_octets_ += item->octets;
      if (item == queue_.front().get()) to_write_.notify_one();
    }
  }

  Item* next_to_parse() {
    if (parsed_ >= queue_.size()) return nullptr;
    // The first of the queue is what the writer waits for.
    return parsed_ == 0 || waiting_octets_ < kMaxWaitingOctets ? queue_[parsed_].get() : nullptr;
  }

  void write_all() {
    try {
      MessageWriter writer{db_};
      while (write_batch(writer)) {
      }
    } catch (...) {
      const std::lock_guard lock{mutex_};
      fail(std::current_exception());
    }
  }

  void fail(std::exception_ptr failure) {
    failure_ = std::move(failure);
    written_.notify_all();
  }

  /// @return false when the indexer is destroyed.
  bool write_batch(MessageWriter& writer) {
    const auto has_to_write = [&] {
      return is_stopping_ || is_front_ready() || (wants_commit_ && queue_.empty());
    };
    std::unique_lock lock{mutex_};
    to_write_.wait(lock, has_to_write);
    if (is_stopping_) return false;
    if (queue_.empty()) {
      wants_commit_ = false;
      written_.notify_all();
      return true;
    }
    lock.unlock();
    Transaction txn{db_};
    IndexReport made;
    for (std::size_t count = 0; count < kItemsPerTransaction;) {
      lock.lock();
      to_write_.wait_for(lock, kMaxIdle, has_to_write);
      if (is_stopping_) return false;
      const auto items = take_ready();
      lock.unlock();
      if (items.empty()) break;
      for (const auto& item : items) write(writer, *item, made);
      count += items.size();
    }
    lock.lock();
    if (failure_) return false;  // and rolls back: a parser failed at something that these rows may rest on
    lock.unlock();
    txn.commit();
    lock.lock();
    report_.messages += made.messages;
    report_.placements += made.placements;
    report_.failures += made.failures;
    return true;
  }

  std::vector<std::unique_ptr<Item>> take_ready() {
    std::vector<std::unique_ptr<Item>> items;
    for (std::size_t octets = 0; is_front_ready() && octets < kMaxTakenOctets;) {
      auto& item = queue_.front();
      octets += item->octets;
      waiting_octets_ -= item->octets;
      items.push_back(std::move(item));
      queue_.pop_front();
      --parsed_;
    }
    if (parsed_ < queue_.size()) to_parse_.notify_all();
    if (queue_.size() <= kMaxUnderWay / 2) written_.notify_all();
    return items;
  }

  bool is_front_ready() const { return !queue_.empty() && queue_.front()->is_ready; }

  const VerdictBasis& basis_of(const std::string& account) {
    const auto known = bases_.find(account);
    if (known != bases_.end()) return known->second;
    return bases_.emplace(account, verdict_basis(trace_.of(account), places_.databases())).first->second;
  }

  void write(MessageWriter& writer, const Item& item, IndexReport& made) {
    if (!item.former_folder.empty()) return writer.rename_folder(item.former_folder, item.mailbox);
    const auto mailbox = writer.mailbox_row(item.mailbox);
    if (item.change && !item.change->is_replaced) {
      if (item.change->flags) writer.set_flags(mailbox, item.change->unique_name, *item.change->flags);
      if (item.change->gone) writer.set_gone(mailbox, item.change->unique_name, *item.change->gone);
      return;
    }
    if (item.journal_octets > 0) writer.set_journal_octets(mailbox, item.journal_octets);
    if (!item.arrival) return;
    std::optional<std::int64_t> row;
    if (item.change)
      row = writer.rename_placement(mailbox, item.change->unique_name, item.arrival->unique_name);
    if (item.arrival->path.empty()) {
      if (!row) row = writer.find_octets(item.arrival->sha256);
      if (!row) return;
    } else if (item.message) {
      const auto& account = item.mailbox.account;
      const auto put =
          writer.put_message(*item.message, item.header_section, item.document, account, basis_of(account));
      row = put.message;
      made.messages += put.is_new ? 1 : 0;
    } else {
      ++made.failures;
    }
    writer.put_placement(mailbox, row, *item.arrival, item.failure);
    if (item.change && row) writer.renew_sort_date(*row);
    ++made.placements;
  }

  TraceSettings trace_;
  Places places_;
  TrackerFiles trackers_;
  Database db_;
  bool expects_more_ = false;
  bool is_searchable_ = false;                 ///< As far as finish() has seen to it.
  std::map<std::string, VerdictBasis> bases_;  ///< By account; of the writer, or who runs while it rests.
  std::mutex mutex_;
  std::condition_variable to_parse_;
  std::condition_variable to_write_;
  std::condition_variable
      written_;  ///< There is room in the queue, or all is committed, or something failed.
  std::deque<std::unique_ptr<Item>> queue_;
  std::size_t waiting_octets_ = 0;
  std::size_t parsed_ = 0;  ///< Items at the front of the queue that a parser has taken.
  bool wants_commit_ = false;
  bool is_stopping_ = false;
  std::exception_ptr failure_;
  IndexReport report_;
  std::vector<std::thread> parsers_;
  std::thread writer_;
};

Indexer::Indexer(const std::filesystem::path& database, TraceSettings trace, unsigned threads)
    : impl_{std::make_unique<Impl>(database, std::move(trace), threads)} {}
Indexer::~Indexer() = default;

std::uint64_t Indexer::journal_octets(const std::string& folder) {
  return impl_->read([&](Database& db) { return index::journal_octets(db, folder); });
}

std::vector<std::string> Indexer::unique_names(const std::string& folder) {
  return impl_->read([&](Database& db) {
    auto statement = db.prepare(
        "SELECT unique_name FROM placement JOIN mailbox USING (mailbox) WHERE folder = ?1 AND failure IS "
        "NULL");
    statement.bind(folder);
    std::vector<std::string> names;
    while (statement.step()) names.emplace_back(statement.text(0));
    return names;
  });
}

bool Indexer::is_whole() {
  return impl_->read([](Database& db) { return index::is_whole(db); });
}

void Indexer::set_whole() {
  impl_->read([](Database& db) {
    if (!index::is_whole(db)) db.execute(fmt::format("PRAGMA application_id = {}", kWholeIndex).c_str());
    return 0;
  });
}

void Indexer::add(const IndexedMailbox& mailbox, Arrival arrival) {
  Item item;
  item.mailbox = mailbox;
  item.arrival = std::move(arrival);
  impl_->push(std::move(item));
}

void Indexer::set_flags(const IndexedMailbox& mailbox, std::string unique_name,
                        std::vector<std::string> flags) {
  Item item;
  item.mailbox = mailbox;
  item.change = Item::Change{std::move(unique_name), std::move(flags), std::nullopt};
  impl_->push(std::move(item));
}

void Indexer::set_gone(const IndexedMailbox& mailbox, std::string unique_name, const Gone& gone) {
  Item item;
  item.mailbox = mailbox;
  item.change = Item::Change{std::move(unique_name), std::nullopt, gone};
  impl_->push(std::move(item));
}

void Indexer::replace(const IndexedMailbox& mailbox, std::string unique_name, Arrival arrival) {
  Item item;
  item.mailbox = mailbox;
  item.arrival = std::move(arrival);
  item.change = Item::Change{std::move(unique_name), std::nullopt, std::nullopt, true};
  impl_->push(std::move(item));
}

void Indexer::set_journal_octets(const IndexedMailbox& mailbox, std::uint64_t octets) {
  Item item;
  item.mailbox = mailbox;
  item.journal_octets = octets;
  impl_->push(std::move(item));
}

void Indexer::rename_folder(const std::string& former_folder, const IndexedMailbox& mailbox) {
  Item item;
  item.mailbox = mailbox;
  item.former_folder = former_folder;
  impl_->push(std::move(item));
}

std::uint64_t Indexer::judge_again(Verdicts which) { return impl_->judge_again(which); }

void Indexer::expect_more(bool is_more) { impl_->expect_more(is_more); }

IndexReport Indexer::finish() { return impl_->finish(); }

std::optional<IndexLock> IndexLock::take(const std::filesystem::path& database, Wait wait) {
  const auto path = database.string() + ".lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw DatabaseError{"cannot open " + path + ": " + std::strerror(errno)};
  while (::flock(fd, LOCK_EX | (wait == Wait::no ? LOCK_NB : 0)) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    ::close(fd);
    if (error == EWOULDBLOCK) return std::nullopt;
    throw DatabaseError{"cannot lock " + path + ": " + std::strerror(error)};
  }
  return IndexLock{fd};
}

IndexLock::IndexLock(IndexLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
IndexLock::~IndexLock() {
  if (fd_ >= 0) ::close(fd_);
}

void remove_database(const std::filesystem::path& database) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const auto path = database.string() + suffix;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      throw DatabaseError{"cannot remove " + path + ": " + std::strerror(errno)};
    }
  }
}

}  // namespace mailspoor::index
