#pragma once

#include <string_view>

namespace mailspoor::deliver {

/// Whether a name can name an account, whose directory and lock have it: `[A-Za-z0-9.@+_:%-]`, not beginning
/// with '.' or '-'. The ':' is for the port in the name of a URL's account.
bool is_account_name(std::string_view name) noexcept;

}  // namespace mailspoor::deliver
