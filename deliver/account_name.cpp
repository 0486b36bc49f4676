#include "deliver/account_name.hpp"

#include <cstddef>

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kMaxAccountName = 120;  // a note's name is the account and a unique name

}  // namespace

bool is_account_name(std::string_view name) noexcept {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@+_:%-";
  return !name.empty() && name.size() <= kMaxAccountName && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace mailspoor::deliver
