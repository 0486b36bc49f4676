#include "cli/account_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "deliver/error.hpp"
#include "fetch/error.hpp"
#include "index/error.hpp"

namespace mailspoor::cli {
namespace {

/// What is wrong with a certificate, and the option that would trust exactly its key.
std::string with_pin(const fetch::CertificateError& error) {
  if (error.pin().empty()) return error.what();
  return fmt::format("{}\nto trust exactly this key: --pin {}", error.what(), error.pin());
}

}  // namespace

AccountFailure account_failure() {
  try {
    throw;
  } catch (const deliver::LockedError& error) {
    return {ExitCode::locked, error.what()};
  } catch (const UsageError& error) {
    return {ExitCode::usage, error.what()};
  } catch (const index::QueryError& error) {
    return {ExitCode::usage, error.what()};
  } catch (const fetch::SettingError& error) {
    return {ExitCode::usage, error.what()};
  } catch (const fetch::AuthenticationError& error) {
    return {ExitCode::authentication, error.what()};
  } catch (const fetch::CertificateError& error) {
    return {ExitCode::network, with_pin(error)};
  } catch (const fetch::NetworkError& error) {
    return {ExitCode::network, error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::failed, "out of memory"};
  } catch (const std::exception& error) {
    return {ExitCode::failed, error.what()};
  }
}

ExitCode joint_code(const std::vector<ExitCode>& codes) {
  const auto is_all = [&](auto matches) { return std::all_of(codes.begin(), codes.end(), matches); };
  const auto is_done = [](ExitCode code) { return code == ExitCode::done; };
  if (is_all(is_done)) return ExitCode::done;
  if (is_all([&](ExitCode code) { return is_done(code) || code == ExitCode::locked; }))
    return ExitCode::locked;
  if (!is_all([&](ExitCode code) { return !is_done(code) && code != ExitCode::partial; }))
    return ExitCode::partial;
  return is_all([&](ExitCode code) { return code == codes.front(); }) ? codes.front() : ExitCode::failed;
}

}  // namespace mailspoor::cli
