#pragma once

#include <functional>
#include <string>

#include "deliver/directory.hpp"

namespace mailspoor::deliver {

/// Calls back with every file name of new/ and cur/ that does not start with '.', in no order. new/ comes
/// first, since a MUA moves files from there to cur/ and none must be missed meanwhile. A directory that does
/// not exist is empty. Throws Error.
void for_each_message(
    const Directory& folder,
    const std::function<void(const Directory& directory, const std::string& name)>& on_message);

}  // namespace mailspoor::deliver
