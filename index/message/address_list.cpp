#include "index/message/address_list.hpp"

#include <string>

#include "deliver/base/text.hpp"
#include "index/message/encoded_word.hpp"
#include "index/message/gmime_handles.hpp"
#include "index/message/header_section.hpp"

namespace mailspoor::index {
namespace {

/// The options of all fields, whatever the thread; GMime only reads them. They cannot tell one field's user
/// from another's, so the thread says which field has a fault.
thread_local bool has_fault = false;

void on_warning(gint64, GMimeParserWarning warning, const gchar*, gpointer) {
  if (warning == GMIME_WARN_INVALID_ADDRESS_LIST) has_fault = true;
}

GMimeParserOptions* options_with_warning() {
  static const auto options = [] {
    auto made = parser_options();
    g_mime_parser_options_set_warning_callback(made.get(), on_warning, nullptr);
    return made;
  }();
  return options.get();
}

bool is_empty_group(InternetAddressList* list) {
  return list != nullptr && internet_address_list_length(list) > 0;
}

/// GMime turns A-labels into the name that they stand for, which is the one that deceives: here they stay.
/// @param with_a_labels  The field in lower case, if it has any.
std::string addr_spec_of(InternetAddressMailbox* mailbox, std::string_view with_a_labels) {
  const char* addr = internet_address_mailbox_get_addr(mailbox);
  std::string addr_spec{addr != nullptr ? addr : ""};
  const char* encoded = with_a_labels.empty() ? nullptr : internet_address_mailbox_get_idn_addr(mailbox);
  const std::string_view address{encoded != nullptr ? encoded : ""};
  const auto domain = address.substr(address.rfind('@') + 1);
  // One that was written in other letters beside such a one keeps those.
  const bool is_as_written = !domain.empty() && with_a_labels.find(domain) != std::string_view::npos;
  if (is_as_written) addr_spec.replace(addr_spec.rfind('@') + 1, std::string::npos, domain);
  return addr_spec;
}

void flatten(InternetAddressList* list, std::string_view with_a_labels, std::size_t most,
             AddressList& found) {
  for (int index = 0; index < internet_address_list_length(list); ++index) {
    if (found.addresses.size() >= most) {
      found.is_cut = true;
      return;
    }
    auto* address = internet_address_list_get_address(list, index);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      // Groups do not nest (RFC 5322 §3.4), and GMime does not nest them either.
      if (auto* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)))
        flatten(members, with_a_labels, most, found);
      continue;
    }
    if (!INTERNET_ADDRESS_IS_MAILBOX(address)) continue;
    const char* name = internet_address_get_name(address);
    found.addresses.push_back(
        {base::to_valid_utf8(name != nullptr ? name : ""),
         base::to_valid_utf8(addr_spec_of(INTERNET_ADDRESS_MAILBOX(address), with_a_labels))});
  }
}

}  // namespace

AddressList parse_address_list(std::string_view body, std::size_t most) {
  constexpr std::size_t kMaxFieldOctets = std::size_t{512} * 1024;
  AddressList found;
  found.is_body_cut = body.size() > kMaxFieldOctets;
  const auto unfolded = unfold(body.substr(0, kMaxFieldOctets));
  const auto text = with_joined_encoded_words(unfolded);
  if (text.empty()) return found;
  start_gmime();
  has_fault = false;
  const GObjectPtr<InternetAddressList> list{
      internet_address_list_parse(options_with_warning(), text.c_str())};
  found.is_malformed = has_fault;
  const auto lower = base::to_lower(text);
  const bool has_a_labels = lower.find("xn--") != std::string::npos;
  if (list) flatten(list.get(), has_a_labels ? std::string_view{lower} : std::string_view{}, most, found);
  if (found.addresses.empty() && !found.is_cut && !is_empty_group(list.get())) {
    found.is_unreadable = true;
    found.addresses.push_back({decode_encoded_words(unfolded), {}});
  }
  return found;
}

}  // namespace mailspoor::index
