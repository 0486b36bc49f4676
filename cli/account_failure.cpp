#include "cli/account_failure.hpp"

#include "cli/programs.hpp"
#include "deliver/error.hpp"
#include "fetch/error.hpp"

namespace mailspoor::cli {

AccountFailure account_failure() {
  try {
    throw;
  } catch (const deliver::LockedError& error) {
    return {ExitCode::locked, error.what()};
  } catch (const UsageError& error) {
    return {ExitCode::usage, error.what()};
  } catch (const fetch::SettingError& error) {
    return {ExitCode::usage, error.what()};
  } catch (const fetch::AuthenticationError& error) {
    return {ExitCode::authentication, error.what()};
  } catch (const fetch::CertificateError& error) {
    return {ExitCode::network, with_pin(error)};
  } catch (const fetch::NetworkError& error) {
    return {ExitCode::network, error.what()};
  } catch (const std::exception& error) {
    return {ExitCode::failed, error.what()};
  }
}

}  // namespace mailspoor::cli
