#include "deliver/message_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <utility>

#include "deliver/maildir_name.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kBuffer = 1U << 16U;

}  // namespace

MessageFile::MessageFile(const Directory& tmp, std::string name)
    : tmp_{&tmp}, name_{std::move(name)}, fd_{tmp.open_file(name_, O_WRONLY | O_CREAT | O_EXCL)} {}

std::optional<MessageFile> MessageFile::linked(const Directory& tmp, std::string name,
                                               const Directory& directory, const std::string& held_name) {
  if (!directory.try_link(held_name, tmp, name)) return std::nullopt;
  try {
    auto fd =
        tmp.open_file(name, O_RDONLY);  // to be synced: a MUA may have written it anew, and not synced it
    const auto size = file_size(fd.get(), tmp.path_of(name));
    return MessageFile{tmp, std::move(name), std::move(fd), size};
  } catch (...) {
    tmp.try_remove(name);
    throw;
  }
}

MessageFile::MessageFile(MessageFile&& other) noexcept
    : tmp_{other.tmp_},
      name_{std::exchange(other.name_, {})},
      fd_{std::move(other.fd_)},
      size_{other.size_} {}

MessageFile::~MessageFile() {
  if (!name_.empty()) tmp_->try_remove(name_);
}

void MessageFile::append(std::string_view octets, base::Sha256& hash, std::string& buffer) {
  hash.update(octets);
  size_ += octets.size();
  if (buffer.size() + octets.size() <= kBuffer) {
    buffer += octets;
    return;
  }
  write_all(fd_.get(), buffer, path());
  buffer.clear();
  if (octets.size() < kBuffer) {
    buffer += octets;
  } else {
    write_all(fd_.get(), octets, path());
  }
}

void MessageFile::finish(std::optional<std::chrono::sys_seconds> modified, std::string& buffer) {
  write_all(fd_.get(), buffer, path());
  buffer.clear();
  if (modified) {
    const timespec moment{.tv_sec = modified->time_since_epoch().count(), .tv_nsec = 0};
    const std::array<timespec, 2> times{moment, moment};
    if (futimens(fd_.get(), times.data()) != 0) throw_errno("set the time of", path());
  }
}

bool MessageFile::link_to(const Directory& directory, const std::string& name) {
  if (!has_same_octets(*tmp_, name_, directory, name)) return false;
  const auto second = name_ + 'L';
  if (!directory.try_link(name, *tmp_, second)) return false;
  try {
    tmp_->replace(second, name_);
  } catch (...) {
    tmp_->try_remove(second);
    throw;
  }
  fd_ = tmp_->open_file(name_, O_RDONLY);  // to be synced: a MUA may have written it anew, and not synced it
  return true;
}

void MessageFile::move_to(const Directory& directory, const std::string& name) {
  tmp_->move(name_, directory, name);
  name_.clear();
}

void MessageFile::undo(const Directory& directory, const std::string& name) noexcept {
  if (name_.empty()) directory.try_remove(name);
}

void RenamedFile::move_to(const Directory& folder, const Directory& to, const std::string& name) {
  is_moved_ = directory_->try_move(name_, to, name);
  if (is_moved_) return;
  PlacedFiles files;
  with_file(folder, files, std::string{parse_maildir_name(name_).unique}, "",
            [&](const Directory& directory, const std::string& present_name) {
              is_moved_ = directory.try_move(present_name, to, name);
              return is_moved_;
            });
}

void RenamedFile::undo(const Directory& to, const std::string& name) noexcept {
  if (!std::exchange(is_moved_, false)) return;
  try {
    to.try_move(name, *directory_, name_);
  } catch (
      const std::exception&) {  // then the next AccountStore finds it under its new name, and settles that
  }
}

}  // namespace mailspoor::deliver
