#include "fetch/certificate_check.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>
#include <string_view>

#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::fetch {
namespace {

constexpr int kMaxNames = 20;  // shown; CDNs have hundreds

struct GeneralNamesDeleter {
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
struct OpensslDeleter {
  void operator()(unsigned char* octets) const noexcept { OPENSSL_free(octets); }
};

std::string pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  const std::unique_ptr<unsigned char, OpensslDeleter> owner{der};
  if (size <= 0) return {};
  const auto digest = base::sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  std::array<unsigned char, 45> base64{};  // 32 octets in base64, and the NUL that OpenSSL adds
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return std::string{"sha256//"} + reinterpret_cast<const char*>(base64.data());
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(octets) == 4 ? AF_INET : AF_INET6;
  if (ASN1_STRING_length(octets) != 4 && ASN1_STRING_length(octets) != 16) return "?";
  inet_ntop(family, ASN1_STRING_get0_data(octets), text.data(), text.size());
  return text.data();
}

std::string common_name_of(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return base::printable(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

/// The subject's alternative names; the common name where there are none, as no client looks at it otherwise.
std::string names_of(X509* certificate) {
  std::string text;
  const std::unique_ptr<GENERAL_NAMES, GeneralNamesDeleter> names{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && i < kMaxNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    if (!text.empty()) text += ", ";
    text += name->type == GEN_DNS ? base::printable(text_of(name->d.dNSName)) : address_of(name->d.iPAddress);
  }
  if (count > kMaxNames) text += ", ...";
  return text.empty() ? common_name_of(certificate) : text;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", broken_down.tm_year + 1900, broken_down.tm_mon + 1,
                     broken_down.tm_mday, broken_down.tm_hour, broken_down.tm_min);
}

std::string problem_of(int error, X509* at, int depth) {
  const std::string whose = depth == 0 ? "its certificate" : "a certificate that its own rests on";
  const std::string subject = at == nullptr ? std::string{} : common_name_of(at);
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} has expired, it was good until {}", whose,
                         at == nullptr ? "?" : date_of(X509_get0_notAfter(at)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid yet, only from {} on (is the clock here right?)", whose,
                         at == nullptr ? "?" : date_of(X509_get0_notBefore(at)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "its certificate is self-signed, nobody trusted vouches for it";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format("its certificate comes from an authority that is not trusted here ('{}')", subject);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
      std::string issuer = "?";
      if (at != nullptr) {
        std::array<char, 256> line{};
        X509_NAME_oneline(X509_get_issuer_name(at), line.data(), static_cast<int>(line.size()));
        issuer = base::printable(line.data());
      }
      return fmt::format("the issuer of {} is unknown here ('{}')", whose, issuer);
    }
    default:
      return fmt::format("{} is not accepted: {}", whose, X509_verify_cert_error_string(error));
  }
}

}  // namespace

struct CertificateCallback {
  /// In the place of OpenSSL's own check: does it, and looks on.
  static int verify(X509_STORE_CTX* store, void* self) noexcept {
    const int verdict = X509_verify_cert(store);
    try {
      auto& check = *static_cast<CertificateCheck*>(self);
      check.connection_ =
          static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
      if (X509* leaf = X509_STORE_CTX_get0_cert(store)) {
        check.pin_ = pin_of(leaf);
        check.names_ = names_of(leaf);
      }
      const int error = X509_STORE_CTX_get_error(store);
      if (verdict != 1 || error != X509_V_OK) {
        check.problem_ =
            problem_of(error, X509_STORE_CTX_get_current_cert(store), X509_STORE_CTX_get_error_depth(store));
      }
    } catch (...) {
      return verdict;  // the verdict stands without its words
    }
    return verdict;
  }
};

void CertificateCheck::watch(ssl_ctx_st* context) {
  SSL_CTX_set_cert_verify_callback(context, CertificateCallback::verify, this);
}

}  // namespace mailspoor::fetch
