#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/indexer.hpp"
#include "index/store/database.hpp"
#include "index/store/verdict_writer.hpp"

namespace mailspoor::index {

/// What a message can be found by the words of: the columns of `document`, in their order.
using DocumentText = std::array<std::string, 9>;
DocumentText document_text(const MessageObject& message);

/// Writes parsed messages and their placements as rows. Every function belongs inside a Transaction.
class MessageWriter {
 public:
  explicit MessageWriter(Database& db);

  /// The row of a mailbox, made if it is new.
  std::int64_t mailbox_row(const IndexedMailbox& mailbox);
  /// The row of `former_folder` becomes that of the mailbox, which must have none yet.
  void rename_folder(const std::string& former_folder, const IndexedMailbox& mailbox);
  void set_journal_octets(std::int64_t mailbox, std::uint64_t octets);

  /// The row of a message, written if it is new. Accounts may have servers of their own, and the trail is
  /// that of the account whose name stands first of those that hold the message, whichever came first.
  /// @param header_section  Compressed, see compression.hpp.
  /// @param document        Its document_text(), which goes through all that it has.
  /// @param account         That it was read for.
  struct Row {
    std::int64_t message;
    bool is_new;
  };
  Row put_message(const MessageObject& message, std::string_view header_section, const DocumentText& document,
                  const std::string& account, const VerdictBasis& judged_by);

  /// The row of a message with these octets; nullopt if there is none.
  /// @param sha256  64 hexadecimal digits.
  std::optional<std::int64_t> find_octets(const std::string& sha256);

  void set_flags(std::int64_t mailbox, const std::string& unique_name, const std::vector<std::string>& flags);
  void set_gone(std::int64_t mailbox, const std::string& unique_name, const Gone& gone);

  /// Gives a placement another unique name, in the place of any that has it.
  /// @return The row of its message; nullopt if there is no such placement, or it has none.
  std::optional<std::int64_t> rename_placement(std::int64_t mailbox, const std::string& unique_name,
                                               const std::string& new_name);
  /// Makes the sort date of a message without date what its placements say.
  void renew_sort_date(std::int64_t message);

  /// Writes where a message lies; a placement of the same file is replaced.
  /// @param message  Its row; nullopt where `failure` says why there is none.
  void put_placement(std::int64_t mailbox, std::optional<std::int64_t> message, const Arrival& arrival,
                     const std::optional<std::string>& failure);

 private:
  bool is_first_account(std::int64_t row, const std::string& account);
  void bind_sender(const MessageObject& message);
  void put_addresses(std::int64_t row, const MessageSummary& summary);
  void put_attachments(std::int64_t row, const std::vector<Attachment>& attachments);
  void put_defects(std::int64_t row, const std::vector<std::string>& defects);
  void put_recipients(std::int64_t mailbox, const std::string& unique_name,
                      const std::vector<std::string>& recipients);
  void put_document(std::int64_t row, const DocumentText& document);

  Database& db_;
  Statement find_message_;
  Statement insert_message_;
  Statement insert_header_section_;
  VerdictWriter verdicts_;
  Statement find_first_account_;
  Statement insert_address_;
  Statement insert_reference_;
  Statement insert_attachment_;
  Statement insert_defect_;
  Statement insert_document_;
  Statement insert_words_;
  Statement insert_mailbox_;
  Statement find_mailbox_;
  Statement update_mailbox_;
  Statement update_journal_;
  Statement insert_placement_;
  Statement find_placement_;
  Statement update_placement_;
  Statement insert_recipient_;
  Statement remove_recipients_;
  Statement update_sort_date_;
  Statement find_octets_;
  Statement update_flags_;
  Statement update_gone_;
  Statement rename_folder_;
  Statement rename_placement_;
  Statement remove_placement_;
  Statement find_message_of_;
  Statement renew_sort_date_;
  IndexedMailbox last_mailbox_;  ///< Most items are of the same one.
  std::int64_t last_mailbox_row_ = 0;
};

}  // namespace mailspoor::index
