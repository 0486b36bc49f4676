#include "tests/fetch/tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace mailspoor::fetch {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error{what};
}

std::string answer_for(const std::map<std::string, std::string>& answers, std::string_view line) {
  const auto space = line.find(' ');
  const std::string tag{line.substr(0, space)};
  const std::string_view rest = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  const auto found = answers.find(std::string{rest.substr(0, rest.find_first_of(" \r\n"))});
  if (found == answers.end()) return {};
  std::string answer = found->second;
  for (auto at = answer.find("$TAG"); at != std::string::npos; at = answer.find("$TAG"))
    answer.replace(at, 4, tag);
  return answer;
}

}  // namespace

TlsPeer::TlsPeer(int fd, SSL_CTX* context) : fd_{fd}, tls_{SSL_new(context)} { SSL_set_fd(tls_, fd); }
TlsPeer::~TlsPeer() { SSL_free(tls_); }

bool TlsPeer::start_tls() { return is_encrypted_ = SSL_accept(tls_) == 1; }

void TlsPeer::write(const std::string& octets) {
  if (octets.empty()) return;
  if (is_encrypted_) {
    SSL_write(tls_, octets.data(), static_cast<int>(octets.size()));
  } else {
    send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
  }
}

std::string TlsPeer::read_line() {
  std::string line;
  char c = 0;
  while (!line.ends_with('\n')) {
    const auto count = is_encrypted_ ? static_cast<ssize_t>(SSL_read(tls_, &c, 1)) : recv(fd_, &c, 1, 0);
    if (count != 1) return {};
    line += c;
  }
  return line;
}

TlsServer::TlsServer(Options options) : options_{std::move(options)} {
  make_certificate();
  listener_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  require(listen(listener_.get(), 5) == 0, "listen");
  require(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { serve(); }};
}

TlsServer::~TlsServer() {
  is_stopping_ = true;
  shutdown(listener_.get(), SHUT_RDWR);
  if (const int peer = peer_; peer >= 0) shutdown(peer, SHUT_RDWR);
  thread_.join();
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

void TlsServer::make_certificate() {
  key_ = EVP_EC_gen("P-256");
  certificate_ = X509_new();
  require(key_ != nullptr && certificate_ != nullptr, "key");
  X509_set_version(certificate_, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_), options_.valid_from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate_), options_.valid_until_seconds);
  X509_NAME* subject = X509_get_subject_name(certificate_);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate_, subject);
  X509_set_pubkey(certificate_, key_);
  const std::string names = "DNS:" + options_.name;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  require(extension != nullptr && X509_add_ext(certificate_, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
  require(X509_sign(certificate_, key_, EVP_sha256()) > 0, "sign");

  const std::unique_ptr<BIO, decltype(&BIO_free)> pem{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(pem.get(), certificate_);
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  certificate_pem_.assign(text, static_cast<std::size_t>(size));
}

void TlsServer::serve() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free};
  SSL_CTX_set_max_proto_version(context.get(), options_.max_tls_version);
  SSL_CTX_use_certificate(context.get(), certificate_);
  SSL_CTX_use_PrivateKey(context.get(), key_);
  while (!is_stopping_) {
    const base::UniqueFd fd{accept(listener_.get(), nullptr, nullptr)};
    if (!fd) return;
    peer_ = fd.get();
    if (is_stopping_) shutdown(fd.get(), SHUT_RDWR);
    TlsPeer peer{fd.get(), context.get()};
    if (!options_.implicit_tls || peer.start_tls()) {
      peer.write(options_.greeting);
      for (std::string line = peer.read_line(); !line.empty(); line = peer.read_line()) {
        if (options_.converse && options_.converse(peer, line)) continue;
        const std::string answer = answer_for(options_.answers, line);
        peer.write(answer);
        const bool starts_tls =
            line.find(" STARTTLS") != std::string::npos && answer.find(" OK") != std::string::npos;
        if (starts_tls && !peer.start_tls()) break;
      }
    }
    peer_ = -1;
  }
}

}  // namespace mailspoor::fetch
