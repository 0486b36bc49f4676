#include "index/query/functions.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/query/values.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/ports.hpp"

namespace mailspoor::index {
namespace {

constexpr int kOperationsBetweenLooks = 10'000;

std::string_view text_of(sqlite3_value* value) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view{}
                         : std::string_view{text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// NULL matches nothing.
template <bool (*compare)(std::string_view, std::string_view)>
void compare_texts(sqlite3_context* context, int, sqlite3_value** arguments) {
  try {
    const bool is_null = sqlite3_value_type(arguments[0]) == SQLITE_NULL;
    sqlite3_result_int(context, !is_null && compare(text_of(arguments[0]), text_of(arguments[1])) ? 1 : 0);
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

void match_regex(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto& functions = *static_cast<QueryFunctions*>(sqlite3_user_data(context));
  try {
    const bool is_null = sqlite3_value_type(arguments[1]) == SQLITE_NULL;
    const auto& pattern = functions.pattern(sqlite3_value_int64(arguments[0]));
    sqlite3_result_int(context, !is_null && pattern.matches(text_of(arguments[1])) ? 1 : 0);
  } catch (...) {
    functions.park(std::current_exception());
    sqlite3_result_error(context, "a regular expression failed", -1);
  }
}

bool compare_glob(std::string_view text, std::string_view pattern) { return matches_glob(text, pattern); }
bool compare_host(std::string_view host, std::string_view domain) { return is_in_domain(host, domain); }
bool compare_domain(std::string_view addr_spec, std::string_view domain) {
  return is_in_domain(domain_of(addr_spec), domain);
}
bool compare_local_part(std::string_view addr_spec, std::string_view local_part) {
  return addr_spec.find('@') != std::string_view::npos &&
         base::equal_ignoring_case(local_part_of(addr_spec), local_part);
}

/// Whether a `with` word goes with a service on that port.
bool compare_service(std::string_view with, std::string_view port) {
  const auto ports = implied_ports(with);
  return std::any_of(ports.begin(), ports.end(),
                     [&](std::uint16_t implied) { return std::to_string(implied) == port; });
}

int look_at_clock(void* functions) noexcept {
  return static_cast<QueryFunctions*>(functions)->is_late() ? 1 : 0;
}

}  // namespace

QueryFunctions::QueryFunctions(Database& db) : db_{db} {
  using Function = void (*)(sqlite3_context*, int, sqlite3_value**);
  const auto add = [&](const char* name, Function function) {
    constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function_v2(db.handle(), name, 2, kFlags, this, function, nullptr, nullptr, nullptr) !=
        SQLITE_OK)
      db.fail("cannot use");
  };
  add("matches", match_regex);
  add("matches_glob", compare_texts<compare_glob>);
  add("is_in_domain", compare_texts<compare_host>);
  add("is_domain", compare_texts<compare_domain>);
  add("implies_port", compare_texts<compare_service>);
  add("is_local_part", compare_texts<compare_local_part>);
}

QueryFunctions::~QueryFunctions() { stop_clock(); }

void QueryFunctions::stop_clock() noexcept { sqlite3_progress_handler(db_.handle(), 0, nullptr, nullptr); }

void QueryFunctions::begin(std::vector<Regex> patterns, std::chrono::seconds time_limit) {
  patterns_ = std::move(patterns);
  time_limit_ = time_limit;
  until_ = std::chrono::steady_clock::now() + time_limit;
  failure_ = nullptr;
  is_late_ = false;
  sqlite3_progress_handler(db_.handle(), kOperationsBetweenLooks, look_at_clock, this);
}

bool QueryFunctions::is_late() noexcept {
  is_late_ = is_late_ || std::chrono::steady_clock::now() > until_;
  return is_late_;
}

void QueryFunctions::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
  if (is_late_) {
    throw QueryError{fmt::format(
        "the search took longer than {} s: make it narrower, or give it more time by --time-limit",
        time_limit_.count())};
  }
}

}  // namespace mailspoor::index
