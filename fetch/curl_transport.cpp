#include "fetch/curl_transport.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "fetch/certificate_check.hpp"
#include "fetch/error.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/greeting.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/pop3/session.hpp"
#include "fetch/ready.hpp"
#include "fetch/tunnel_transport.hpp"

namespace mailspoor::fetch {
namespace {

struct CurlEasyDeleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;

constexpr std::size_t kMaxConnectOctets =
    std::size_t{64} * 1024;  // a greeting and two capability lists have about 1 KiB
constexpr std::string_view kPinStart = "sha256//";
constexpr std::size_t kPinLength = kPinStart.size() + 44;

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK) {
    throw SettingError{fmt::format("libcurl does not take option {}: {}", static_cast<int>(option),
                                   curl_easy_strerror(code))};
  }
}

bool is_loopback(const std::string& host) {
  if (base::equal_ignoring_case(host, "localhost")) return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/// libcurl takes a pin of any other form for the name of a file.
void check_pin(const std::string& pin) {
  const auto is_base64 = [](char c) { return base::is_alphanumeric(c) || c == '+' || c == '/' || c == '='; };
  if (pin.size() != kPinLength || !pin.starts_with(kPinStart) ||
      !std::all_of(pin.begin(), pin.end(),
                   [&](char c) { return is_base64(c) || kPinStart.find(c) != std::string_view::npos; })) {
    throw SettingError{
        fmt::format("the pin '{}' is not sha256// and the base64 of 32 octets", base::printable(pin))};
  }
}

std::string peer_of(const ServerUrl& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", base::printable(url.host), is_ipv6 ? "]" : "",
                     url.port);
}

std::chrono::milliseconds milliseconds(std::chrono::seconds time) { return time; }

std::string without_line_end(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  return std::string{line};
}

}  // namespace

void check_cleartext(const AccountOptions& options) {
  if (options.url.tls != Tls::none || options.allow_cleartext) return;
  if (!is_loopback(options.url.host)) {
    throw SettingError{
        fmt::format("the connection to {} would not be encrypted and the password readable on its way: "
                    "give --allow-cleartext as well if that is wanted",
                    peer_of(options.url))};
  }
  if (!options.proxy.empty()) {
    throw SettingError{
        "without TLS, a proxy reads the password: give --allow-cleartext as well if that is wanted"};
  }
}

struct CurlTransport::Connection {
  struct Line {
    std::string text;
    bool encrypted;
  };

  void set_up(const AccountOptions& options);
  void set_up_tls(const AccountOptions& options);
  void perform(const AccountOptions& options, const std::string& peer);
  [[noreturn]] void explain(CURLcode code, const AccountOptions& options, const std::string& peer) const;
  [[noreturn]] void explain_certificate(CURLcode code, const AccountOptions& options,
                                        const std::string& peer) const;
  [[noreturn]] void explain_greeting(const AccountOptions& options, const std::string& peer) const;
  std::string cause(CURLcode code) const;
  bool has_line_starting(std::string_view start) const;
  bool has_greeting(Protocol protocol) const;

  CertificateCheck certificate;  // before the handle, which calls it
  std::vector<Line> all_lines;
  std::vector<std::string> lines;
  std::string unread;  // what came behind the greeting
  std::size_t line_octets = 0;
  bool encrypted = false;
  bool in_step = false;
  ChannelBinding binding;
  std::string tls;
  std::exception_ptr failure;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  CurlEasy handle;
};

namespace {

/// For STARTTLS the TLS state is asked for line by line: once perform() has returned, CURLINFO_TLS_SSL_PTR
/// knows none.
SSL* tls_of(CURL* handle) noexcept {
  const curl_tlssessioninfo* session = nullptr;
  const bool is_known = curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK &&
                        session != nullptr && session->backend == CURLSSLBACKEND_OPENSSL;
  return is_known ? static_cast<SSL*>(session->internals) : nullptr;
}

std::string tls_text(const SSL* tls) {
  return fmt::format("{} {}", SSL_get_version(tls), SSL_get_cipher_name(tls));
}

/// tls-unique is the first Finished message, which is the server's where a session was resumed; without the
/// extended master secret it proves nothing (RFC 7627 §1).
ChannelBinding binding_of(SSL* tls) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  if (SSL_version(tls) == TLS1_3_VERSION) {
    constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";  // RFC 9266 §2: no context, 32 octets
    if (SSL_export_keying_material(tls, octets.data(), 32, kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1)
      return {};
    return {ChannelBinding::Type::tls_exporter, {octets.begin(), octets.begin() + 32}};
  }
  if (SSL_get_extms_support(tls) != 1) return {};
  const auto size = SSL_session_reused(tls) == 1 ? SSL_get_peer_finished(tls, octets.data(), octets.size())
                                                 : SSL_get_finished(tls, octets.data(), octets.size());
  if (size == 0 || size > octets.size()) return {};
  return {ChannelBinding::Type::tls_unique, {octets.data(), octets.data() + size}};
}

}  // namespace

CurlTransport::CurlTransport(const AccountOptions& options)
    : Transport{options.timeout}, connection_{std::make_unique<Connection>()}, peer_{peer_of(options.url)} {
  check_cleartext(options);
  const auto now = Deadlines::Clock::now();
  deadlines().limit_phase(now + options.connect_deadline, "connecting and logging in");
  if (options.deadline) deadlines().limit_run(now + *options.deadline);
  deadlines().demand_rate(options.min_rate);
  connection_->set_up(options);
  connection_->perform(options, peer_);
  const bool greets_us = options.url.protocol == Protocol::pop3 && options.url.tls == Tls::none;
  if (options.url.tls == Tls::implicit || greets_us) take_greeting(options.url.protocol);
  // Without TLS of ours, it would be the proxy's.
  if (options.url.tls == Tls::none) return;
  set_channel_binding(std::move(connection_->binding));
  set_tls(std::move(connection_->tls));
}

CurlTransport::~CurlTransport() = default;

void CurlTransport::Connection::set_up(const AccountOptions& options) {
  handle.reset(curl_easy_init());
  if (!handle) throw NetworkError{"libcurl gives no handle"};
  CURL* const easy = handle.get();
  const bool implicit = options.url.tls == Tls::implicit;
  const bool is_ipv6 = options.url.host.find(':') != std::string::npos;
  // Without STARTTLS all that it knows of the protocol is a greeting, which we read ourselves.
  const bool is_pop3 = options.url.protocol == Protocol::pop3;
  const char* const scheme = implicit                                  ? "https"
                             : is_pop3 && options.url.tls == Tls::none ? "http"
                             : is_pop3                                 ? "pop3"
                                                                       : "imap";
  const std::string url = fmt::format("{}://{}{}{}:{}/", scheme, is_ipv6 ? "[" : "", options.url.host,
                                      is_ipv6 ? "]" : "", options.url.port);
  auto limit = std::min(options.connect_deadline, options.timeout);
  auto whole =
      options.deadline ? std::min(options.connect_deadline, *options.deadline) : options.connect_deadline;

  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, scheme);
  set(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);  // not HTTP in truth
  set(easy, CURLOPT_CONNECT_ONLY, 1L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_PROXY, options.proxy.c_str());  // "" also shuts out those of the environment
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);           // CONNECT, never a mail server's URL in an HTTP request
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's words are none of the server's
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // One handle, one connection. Not FORBID_REUSE too: libcurl 7.88 then closes it before handing it over, and
  // it never reuses a connection made with CONNECT_ONLY anyway.
  set(easy, CURLOPT_FRESH_CONNECT, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(milliseconds(std::min(limit, whole)).count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds(whole).count()));
  set(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(std::min(limit, whole).count()));
  set(easy, CURLOPT_ERRORBUFFER, error_text.data());
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION,
      static_cast<curl_write_callback>([](char* data, std::size_t, std::size_t size, void* self) noexcept {
        auto& connection = *static_cast<Connection*>(self);
        try {
          connection.line_octets += size;
          if (connection.line_octets <= kMaxConnectOctets) {
            SSL* const session = tls_of(connection.handle.get());
            connection.encrypted = session != nullptr;
            if (session != nullptr) {
              connection.binding = binding_of(session);
              connection.tls = tls_text(session);
            }
            connection.all_lines.push_back({without_line_end({data, size}), connection.encrypted});
          }
          return size;
        } catch (...) {
          connection.failure = std::current_exception();
          return std::size_t{0};
        }
      }));
  set_up_tls(options);
}

void CurlTransport::Connection::set_up_tls(const AccountOptions& options) {
  CURL* const easy = handle.get();
  // ALL, never TRY: a server without STARTTLS, or somebody between who takes the word away, ends the attempt.
  set(easy, CURLOPT_USE_SSL,
      static_cast<long>(options.url.tls == Tls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));  // in place of the system's, not beside them
  }
  if (!options.pin.empty()) {
    check_pin(options.pin);
    set(easy, CURLOPT_PINNEDPUBLICKEY, options.pin.c_str());
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options.client_cert.empty()) {
    const auto& key = options.client_key.empty() ? options.client_cert : options.client_key;
    set(easy, CURLOPT_SSLCERT, options.client_cert.c_str());
    set(easy, CURLOPT_SSLKEY, key.c_str());
  }
  set(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(&certificate));
  set(easy, CURLOPT_SSL_CTX_FUNCTION,
      static_cast<curl_ssl_ctx_callback>([](CURL*, void* context, void* check) noexcept {
        static_cast<CertificateCheck*>(check)->watch(static_cast<ssl_ctx_st*>(context));
        return CURLE_OK;
      }));
}

void CurlTransport::Connection::perform(const AccountOptions& options, const std::string& peer) {
  const CURLcode code = curl_easy_perform(handle.get());
  if (failure) std::rethrow_exception(failure);
  if (code != CURLE_OK) explain(code, options, peer);
  if (SSL* const session = certificate.connection(); options.url.tls == Tls::implicit && session != nullptr) {
    encrypted = true;
    binding = binding_of(session);
    tls = tls_text(session);
  }
  // Not the option is believed but the connection: reuse has given away cleartext ones before
  // (CVE-2026-4873).
  if (options.url.tls != Tls::none && !encrypted) {
    throw NetworkError{fmt::format("the connection to {} came up without TLS", peer)};
  }
  for (Line& line : all_lines) {
    if (line.encrypted == encrypted) lines.push_back(std::move(line.text));
  }
  all_lines.clear();
}

/// libcurl's own words, and the system's for a refused or lost connection.
std::string CurlTransport::Connection::cause(CURLcode code) const {
  long number = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_OS_ERRNO, &number);
  if (number != 0 && code == CURLE_COULDNT_CONNECT) return std::strerror(static_cast<int>(number));
  const std::string own = without_line_end(error_text.data());
  return base::printable(own.empty() ? curl_easy_strerror(code) : own);
}

bool CurlTransport::Connection::has_line_starting(std::string_view start) const {
  return std::any_of(all_lines.begin(), all_lines.end(),
                     [&](const Line& line) { return base::starts_with_ignoring_case(line.text, start); });
}

void CurlTransport::Connection::explain(CURLcode code, const AccountOptions& options,
                                        const std::string& peer) const {
  const std::string what =
      fmt::format("cannot connect to {}{}", peer, options.proxy.empty() ? "" : " through the proxy");
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      throw NetworkError{fmt::format("{}: unknown host {}", what, base::printable(options.url.host))};
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      throw NetworkError{fmt::format("{}: {}", what, cause(code))};
    case CURLE_OPERATION_TIMEDOUT:
      // libcurl waits for a greeting as long as other lines come.
      if (!all_lines.empty() && !has_greeting(options.url.protocol)) explain_greeting(options, peer);
      throw NetworkError{fmt::format("{}: timeout: {}", what, cause(code))};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      explain_certificate(code, options, peer);
    case CURLE_SSL_CACERT_BADFILE:
      throw SettingError{fmt::format(
          "cannot read certificates from {}: {}",
          options.ca_file.empty() ? "the system" : base::printable(options.ca_file), cause(code))};
    case CURLE_SSL_CERTPROBLEM:
      throw SettingError{fmt::format("cannot use the client certificate {}: {}",
                                     base::printable(options.client_cert), cause(code))};
    case CURLE_SSL_CONNECT_ERROR:
      throw NetworkError{fmt::format("{}: the TLS handshake failed: {}", what, cause(code))};
    case CURLE_USE_SSL_FAILED:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_REMOTE_ACCESS_DENIED:
      explain_greeting(options, peer);
    default:
      throw NetworkError{fmt::format("{}: {}", what, cause(code))};
  }
}

void CurlTransport::Connection::explain_certificate(CURLcode code, const AccountOptions& options,
                                                    const std::string& peer) const {
  std::string why;
  if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH) {
    why = fmt::format("the server's key is {}, not the pinned {}", certificate.pin(), options.pin);
  } else if (!certificate.problem().empty()) {
    why = certificate.problem();
  } else if (!certificate.names().empty()) {
    why = fmt::format("its certificate is for another name: asked for {}, it is for {}",
                      base::printable(options.url.host), certificate.names());
  } else {
    why = cause(code);
  }
  throw CertificateError{fmt::format("{} is not trusted: {}", peer, why), certificate.pin()};
}

/// Whether it speaks the protocol at all.
bool CurlTransport::Connection::has_greeting(Protocol protocol) const {
  return has_line_starting(protocol == Protocol::pop3 ? "+OK" : "* ");
}

/// The server spoke, but not so that the connection could be used.
void CurlTransport::Connection::explain_greeting(const AccountOptions& options,
                                                 const std::string& peer) const {
  const auto protocol = options.url.protocol;
  const std::string_view command = protocol == Protocol::pop3 ? "STLS" : "STARTTLS";
  for (const Line& line : all_lines) {
    if (base::starts_with_ignoring_case(line.text, "* BYE")) imap::refuse_greeting(peer, line.text);
  }
  if (protocol == Protocol::pop3 && !has_greeting(protocol) && has_line_starting("-ERR"))
    pop3::refuse_greeting(peer, all_lines.back().text);
  if (options.url.tls == Tls::starttls && !encrypted && has_greeting(protocol)) {
    if (has_line_starting("* PREAUTH")) {
      throw NetworkError{fmt::format("{} greets with PREAUTH, which leaves no way to STARTTLS", peer)};
    }
    const bool is_offered = std::any_of(all_lines.begin(), all_lines.end(), [&](const Line& line) {
      return base::to_lower(line.text).find(base::to_lower(std::string{command})) != std::string::npos;
    });
    throw NetworkError{is_offered ? fmt::format("{} offers {}, but it failed: {}", peer, command,
                                                base::printable(all_lines.back().text))
                                  : fmt::format("{} does not offer {}, so that the connection would not be "
                                                "encrypted",
                                                peer, command)};
  }
  throw ProtocolError{fmt::format("{} does not answer as {} server: {}", peer, name_of(protocol),
                                  all_lines.empty() ? base::printable(without_line_end(error_text.data()))
                                                    : "'" + base::printable(all_lines.back().text) + "'")};
}

void CurlTransport::fail(std::string_view what, int code) const {
  throw NetworkError{fmt::format("{}: {}: {}", peer_, what, curl_easy_strerror(static_cast<CURLcode>(code)))};
}

/// Waits until the socket is ready, within the deadlines.
void CurlTransport::wait_for(short events) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(connection_->handle.get(), CURLINFO_ACTIVESOCKET, &socket);
  if (socket == CURL_SOCKET_BAD) throw NetworkError{fmt::format("{}: the connection is lost", peer_)};
  wait_until_ready(socket, events, deadlines(), peer_);
}

void CurlTransport::take_greeting(Protocol protocol) {
  auto greeting = read_greeting([this](std::span<char> buffer) { return receive(buffer); }, peer_, protocol);
  connection_->lines = {std::move(greeting.line)};
  connection_->unread = std::move(greeting.unread);
  connection_->in_step = true;
}

std::size_t CurlTransport::read(std::span<char> buffer) {
  auto& unread = connection_->unread;
  if (unread.empty()) return receive(buffer);
  const auto count = unread.copy(buffer.data(), buffer.size());
  unread.erase(0, count);
  return count;
}

std::size_t CurlTransport::receive(std::span<char> buffer) {
  if (!connection_->handle) return 0;
  // A server that never lets us wait must not outlast the run either.
  check_deadlines(deadlines(), peer_);
  for (;;) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(connection_->handle.get(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_OK) return count;
    if (code != CURLE_AGAIN) fail("receiving", code);
    wait_for(POLLIN);
  }
}

void CurlTransport::write(std::string_view octets) {
  if (!connection_->handle) throw NetworkError{fmt::format("{}: the connection is closed", peer_)};
  while (!octets.empty()) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(connection_->handle.get(), octets.data(), octets.size(), &count);
    if (code != CURLE_OK && code != CURLE_AGAIN) fail("sending", code);
    octets.remove_prefix(count);
    if (code == CURLE_AGAIN) wait_for(POLLOUT);
  }
}

void CurlTransport::close() noexcept { connection_->handle.reset(); }

bool CurlTransport::is_encrypted() const noexcept { return connection_->encrypted; }

bool CurlTransport::is_in_step() const noexcept { return connection_->in_step; }

const std::vector<std::string>& CurlTransport::connect_lines() const noexcept { return connection_->lines; }

std::unique_ptr<Transport> connect(const AccountOptions& options, spdlog::logger& log) {
  if (!options.tunnel.empty()) {
    auto tunnel = std::make_unique<TunnelTransport>(options);
    log.debug("connected by the tunnel command");
    return tunnel;
  }
  auto transport = std::make_unique<CurlTransport>(options);
  log.debug("connected to {}, {}", peer_of(options.url),
            transport->is_encrypted() ? "encrypted" : "in the clear");
  return transport;
}

}  // namespace mailspoor::fetch
