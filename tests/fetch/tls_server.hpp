#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "deliver/base/unique_fd.hpp"

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace mailspoor::fetch {

/// A server's end of one connection, in the clear at first.
class TlsPeer {
 public:
  TlsPeer(int fd, ssl_ctx_st* context);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  bool start_tls();
  void write(const std::string& octets);
  std::string read_line();  ///< With its end; empty when the peer has gone.
  ssl_st* tls() const noexcept { return tls_; }

 private:
  int fd_;
  ssl_st* tls_;
  bool is_encrypted_ = false;
};

/// A server on loopback, for one connection at a time: greets, answers each line by its command word, and
/// does TLS at once or when its answer to STARTTLS says OK. Its certificate is self-signed.
class TlsServer {
 public:
  struct Options {
    bool implicit_tls = true;
    std::string name = "localhost";   ///< The certificate's only name.
    long valid_from_seconds = -3600;  ///< From now on.
    long valid_until_seconds = 3600;
    std::string greeting = "* OK ready\r\n";
    /// What follows a command; `$TAG` is its tag. A command without an entry is not answered.
    std::map<std::string, std::string> answers = {
        {"CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$TAG OK\r\n"}};
    int max_tls_version = 0;  ///< Such as TLS1_2_VERSION; 0: any.
    /// Asked first, in the server's thread: true if it has answered the line.
    std::function<bool(TlsPeer&, const std::string&)> converse{};
  };

  explicit TlsServer(Options options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  const std::string& certificate_pem() const noexcept { return certificate_pem_; }

 private:
  void make_certificate();
  void serve();

  Options options_;
  evp_pkey_st* key_ = nullptr;
  x509_st* certificate_ = nullptr;
  std::string certificate_pem_;
  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> peer_{-1};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace mailspoor::fetch
