#include "index/trace/hidden_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "deliver/base/ascii.hpp"
#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/shape.hpp"

namespace mailspoor::index {
namespace {

using Unit = HiddenTime::Unit;

constexpr std::int64_t kSecond = 1'000'000;  ///< In microseconds.
constexpr std::int64_t kDay = 86'400 * kSecond;
/// How far from the dates of a message a number may lie that is taken for a time for its digits only.
constexpr std::int64_t kNear = 31 * kDay;
constexpr std::int64_t kEarliest = 631'152'000 * kSecond;  ///< 1990; before it nothing here was in use.
constexpr std::int64_t kLatest = 4'102'444'800 * kSecond;  ///< 2100

constexpr std::size_t kMaxValueOctets = 1'000;
constexpr std::size_t kMaxTimes = 50;  ///< Of one message: some five are usual.

// A moment that was read, before anybody asked whether it can be one.
struct Moment {
  std::int64_t microseconds = 0;
  Unit unit = Unit::second;
  bool is_utc = true;
};
using MaybeMoment = std::optional<Moment>;

template <typename Number>
std::optional<Number> number(std::string_view digits, int base = 10) {
  Number value{};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

/// So many of a unit since 1970; nullopt beyond what microseconds can count.
MaybeMoment since_1970(std::optional<std::uint64_t> count, std::int64_t microseconds_each, Unit unit) {
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / microseconds_each);
  if (!count || *count > most) return std::nullopt;
  return Moment{static_cast<std::int64_t>(*count) * microseconds_each, unit, true};
}

// --- the ways to write a moment
// ------------------------------------------------------------------------------

/// `yyyymmdd`, then as much as there is of `hhmmss` and three digits of milliseconds; of 12 digits the year
/// may have two: `yymmddhhmmss`.
MaybeMoment civil(std::string_view digits, bool is_short_year = false) {
  const auto take = [&](std::size_t count) {
    const auto value = number<int>(digits.substr(0, count));
    digits.remove_prefix(std::min(count, digits.size()));
    return value.value_or(-1);
  };
  auto year = take(is_short_year ? 2 : 4);
  if (is_short_year) year += year < 50 ? 2000 : 1900;
  const int month = take(2);
  const int day = take(2);
  const auto days = days_from_civil(year, month, day);
  if (!days) return std::nullopt;
  Moment moment{*days * kDay, Unit::day, false};
  if (digits.empty()) return moment;
  const int hour = take(2);
  const int minute = take(2);
  const bool has_seconds = !digits.empty();
  const int second = has_seconds ? take(2) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  moment.microseconds += (hour * 3'600 + minute * 60 + second) * kSecond;
  moment.unit = has_seconds ? Unit::second : Unit::minute;
  if (digits.size() >= 3) {
    moment.microseconds += take(3) * 1'000;
    moment.unit = Unit::millisecond;
  }
  return moment;
}

MaybeMoment civil_utc(std::string_view digits) {
  auto moment = civil(digits);
  if (moment) moment->is_utc = true;
  return moment;
}

/// Seconds since 1970, or with 13 digits milliseconds, with 16 microseconds.
MaybeMoment epoch(std::string_view digits) {
  const auto count = number<std::uint64_t>(digits);
  if (digits.size() == 10) return since_1970(count, kSecond, Unit::second);
  if (digits.size() == 13) return since_1970(count, 1'000, Unit::millisecond);
  if (digits.size() == 16) return since_1970(count, 1, Unit::microsecond);
  return std::nullopt;
}

/// Intervals of 100 ns since 1601-01-01, as Windows counts.
MaybeMoment filetime(std::uint64_t intervals, Unit unit) {
  constexpr std::uint64_t kUntil1970 = 116'444'736'000'000'000;
  if (intervals < kUntil1970) return std::nullopt;
  return since_1970((intervals - kUntil1970) / 10, 1, unit);
}

MaybeMoment filetime(std::string_view high, std::string_view low) {
  const auto upper = number<std::uint64_t>(high, 16);
  const auto lower = number<std::uint64_t>(low, 16);
  if (!upper || !lower) return std::nullopt;
  return filetime(*upper << 32U | *lower, Unit::microsecond);
}

/// Version 1 of RFC 9562 §5.1: intervals of 100 ns since 1582-10-15.
MaybeMoment uuid_1(std::string_view low, std::string_view middle, std::string_view high) {
  constexpr std::uint64_t kUntil1970 = 122'192'928'000'000'000;
  const auto intervals =
      number<std::uint64_t>(std::string{high} + std::string{middle} + std::string{low}, 16);
  if (!intervals || *intervals < kUntil1970) return std::nullopt;
  return since_1970((*intervals - kUntil1970) / 10, 1, Unit::microsecond);
}

/// Exim's: six digits of base 62, the capitals before the small letters.
MaybeMoment base_62(std::string_view digits) {
  std::uint64_t seconds = 0;
  for (const char c : digits) {
    const int value = c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36;
    seconds = seconds * 62 + static_cast<std::uint64_t>(value);
  }
  return since_1970(seconds, kSecond, Unit::second);
}

/// Of Notes: the number of a Julian day, and hundredths of a second since midnight in UTC.
MaybeMoment notes(std::string_view day, std::string_view hundredths) {
  constexpr std::int64_t kUntil1970 = 2'440'588;
  const auto days = number<std::int64_t>(day, 16);
  const auto ticks = number<std::int64_t>(hundredths, 16);
  if (!days || !ticks || *days < kUntil1970 || *ticks >= 8'640'000) return std::nullopt;
  return Moment{(*days - kUntil1970) * kDay + *ticks * 10'000, Unit::millisecond, true};
}

/// The four octets of seconds with which mutt's random Message-IDs begin.
MaybeMoment seconds_in_base64(std::string_view digits) {
  std::string usual{digits};
  std::replace(usual.begin(), usual.end(), '-', '+');
  std::replace(usual.begin(), usual.end(), '_', '/');
  const auto octets = base::read_base64(usual);
  if (octets.size() < 4) return std::nullopt;
  std::uint64_t seconds = 0;
  for (const char octet : std::string_view{octets}.substr(0, 4))
    seconds = seconds << 8U | static_cast<unsigned char>(octet);
  return since_1970(seconds, kSecond, Unit::second);
}

// --- Message-IDs and boundaries
// ------------------------------------------------------------------------------

/// One form of a Message-ID or boundary that holds a time.
struct Form {
  std::string_view shape;
  MaybeMoment (*read)(const ShapeParts& parts);
  /// Other numbers look alike: it must lie near to a date of the message.
  bool is_weak = false;
};

MaybeMoment read_civil(const ShapeParts& parts) { return civil(parts[0]); }
MaybeMoment read_civil_utc(const ShapeParts& parts) { return civil_utc(parts[0]); }
MaybeMoment read_short_civil(const ShapeParts& parts) { return civil(parts[0], true); }
MaybeMoment read_minute_and_second(const ShapeParts& parts) {
  return civil(std::string{parts[0]} + std::string{parts[1]});
}
MaybeMoment read_epoch(const ShapeParts& parts) { return epoch(parts[0]); }
MaybeMoment read_hundredths(const ShapeParts& parts) {
  return since_1970(number<std::uint64_t>(parts[0]), 10'000, Unit::millisecond);
}
MaybeMoment read_hexadecimal_seconds(const ShapeParts& parts) {
  return since_1970(number<std::uint64_t>(parts[0], 16), kSecond, Unit::second);
}
MaybeMoment read_hexadecimal_milliseconds(const ShapeParts& parts) {
  return since_1970(number<std::uint64_t>(std::string{parts[0]} + std::string{parts[1]}, 16), 1'000,
                    Unit::millisecond);
}
MaybeMoment read_halves(const ShapeParts& parts) {
  const auto high = number<std::uint64_t>(parts[0]);
  const auto low = number<std::uint64_t>(parts[1]);
  if (!high || !low || *high > 0xFFFF || *low > 0xFFFF) return std::nullopt;
  return since_1970(*high << 16U | *low, kSecond, Unit::second);
}
MaybeMoment read_filetime(const ShapeParts& parts) { return filetime(parts[0], parts[1]); }
/// Outlook puts its local time there.
MaybeMoment read_local_filetime(const ShapeParts& parts) {
  auto moment = filetime(parts[0], parts[1]);
  if (moment) moment->is_utc = false;
  return moment;
}
MaybeMoment read_uuid_1(const ShapeParts& parts) { return uuid_1(parts[0], parts[1], parts[2]); }
MaybeMoment read_base_62(const ShapeParts& parts) { return base_62(parts[0]); }
MaybeMoment read_notes(const ShapeParts& parts) { return notes(parts[0], parts[1]); }
MaybeMoment read_notes_boundary(const ShapeParts& parts) { return notes(parts[1], parts[0]); }
MaybeMoment read_base64_seconds(const ShapeParts& parts) { return seconds_in_base64(parts[0]); }
/// Gmail's: microseconds, their last six of fourteen digits first.
MaybeMoment read_gmail_boundary(const ShapeParts& parts) {
  return since_1970(number<std::uint64_t>(std::string{parts[1]} + std::string{parts[0]}, 16), 1,
                    Unit::microsecond);
}

constexpr std::array kMessageIdForms{
    Form{"01%x{2}(%x{12})-%x{8}-%x{4}-%x{4}-%x{4}-%x{12}-%d{6}@%*",
         read_hexadecimal_milliseconds},                                           // Amazon SES
    Form{"%h{4}(01%h{6})$(%h{8})$%h{8}$@%*", read_filetime},                       // Outlook
    Form{"%h{4}(01%h{6})$(%h{8})$%h{8}@%*", read_filetime},                        // Outlook Express
    Form{"(%h{8})-(%h{4})-1(%h{3})-%h{4}-%h{12}%*", read_uuid_1},                  // UUID, version 1
    Form{"(%h{8})-(%h{4})-7%h{3}-%h{4}-%h{12}%*", read_hexadecimal_milliseconds},  // version 7
    Form{"Pine.%w+.3.%d+.1(%d{12}).%*", read_short_civil},  // the year counts from 1900
    Form{"Pine.%w+.3.%d+.1(%d{12})%u.%*", read_short_civil},
    Form{"Pine.%w+.3.%d+.%w+.%d+.1(%d{12})%*", read_short_civil},
    Form{"Pine.%w+.3.%d+.(%d{12}).%*", read_short_civil},
    Form{"Pine.%w+.%d+.%w+.(%d{12})%X+.%*", read_short_civil},
    Form{"alpine.%w+.%d+.%d+.%d+.(%d{12})%X+.%*", read_short_civil},
    Form{"alpine.%w+.%d+.%d+.(%d{12})%X+.%*", read_short_civil},
    Form{"E(1%w{5})-%w{6}-%w{2}@%*", read_base_62},            // Exim
    Form{"E(1%w{5})-%w{11}-%w{4}@%*", read_base_62},           // Exim since 4.97
    Form{"(%d{14}).%d+.qmail@%*", read_civil_utc},             // qmail
    Form{"(%d{14}).G%u%d+@%*", read_civil_utc},                // mutt
    Form{"(%d{14}).%X{8,12}@%*", read_civil_utc},              // Postfix
    Form{"(%d{12}).(%d{2})%d{3}.%*", read_minute_and_second},  // KMail
    Form{"(%d{12}).%w{9,16}@%*", read_civil_utc},              // Sendmail
    Form{"%d{7,10}.(%d{14})@%*", read_civil},                  // The Bat!
    Form{"%b+.%d+.(%d{13}).JavaMail.%*", read_epoch},
    Form{"%b+.%d+.(%d{13})@%*", read_epoch},       // JavaMail, Yahoo
    Form{"(%d{12}).%d+.%d+@%*", read_hundredths},  // Python
    Form{"OF%X{8}.%X{8}-ON%X{2}(%X{6}).(%X{8})%*", read_notes},
    Form{"(%h{8}).%h{6,8}@%*", read_hexadecimal_seconds, true},  // Netscape, Mozilla
    Form{"(%d{5}).(%d{1,5}).%d+.%d+@%*", read_halves, true},     // VM: 16 bits of seconds, and 16 more
    Form{"(%b{16})@%*", read_base64_seconds, true},              // mutt since 2.0
};

constexpr std::array kBoundaryForms{
    Form{"000000000000(%x{6})(%x{8})%x{2}", read_gmail_boundary},
    Form{"----=_NextPart_%h{3}_%h{4}_(%h{8}).(%h{8})", read_local_filetime},  // Outlook
    Form{"----_=_NextPart_%h{3}_(%h{8}).(%h{8})", read_filetime},             // Exchange
    Form{"----=_Part_%d+_%b+.(%d{13})", read_epoch},                          // JavaMail
    Form{"----=_(%d{14})_%d+", read_civil},                                   // SquirrelMail
    Form{"_----------=_(%d{10})%d+", read_epoch},                             // MIME::Lite
    Form{"=_%l+ (%X{8})%X{2}(%X{6})_=", read_notes_boundary},                 // Notes
    Form{"(%d{10})-eximdsn-%*", read_epoch},                                  // Exim's reports
    Form{"%w+.(%d{10})/%*", read_epoch},                                      // those of Postfix and Sendmail
};

bool is_plausible(const Moment& moment) {
  return moment.microseconds >= kEarliest && moment.microseconds < kLatest;
}

class TimeReader {
 public:
  explicit TimeReader(const MessageObject& message) : message_{message} {
    if (message.summary.date) dates_.push_back(message.summary.date->unix_seconds);
    for (const auto& hop : message.hops) {
      if (hop.date) dates_.push_back(hop.date->unix_seconds);
    }
  }

  void take(const HeaderField& field) {
    const auto is = [&](std::string_view name) { return base::equal_ignoring_case(field.name, name); };
    if (is("Message-ID")) {
      message_id(field);
    } else if (is("Content-Type")) {
      boundary(field);
    } else if (is("Thread-Index")) {
      thread_index(field);
    } else if (is("X-GM-MSGID") || is("X-GM-THRID")) {
      gmail_number(field, is("X-GM-MSGID") ? "x-gm-msgid" : "x-gm-thrid");
    } else if (is("X-OriginalArrivalTime")) {
      arrival(field);
    } else if (is("X-MS-Exchange-CrossTenant-OriginalArrivalTime")) {
      cross_tenant_arrival(field);
    } else if (is("X-SES-Outgoing")) {
      const auto value = text_of(field);
      if (const auto parts = match_shape(value, "(%d{4}).(%d{2}).(%d{2})-%*")) {
        auto day = civil(std::string{(*parts)[0]} + std::string{(*parts)[1]} + std::string{(*parts)[2]});
        if (day) day->is_utc = true;
        put("x-ses-outgoing", day, value, field);
      }
    }
  }

  std::vector<HiddenTime> times() { return std::move(times_); }
  bool is_cut() const noexcept { return is_cut_; }

 private:
  static std::string text_of(const HeaderField& field) {
    return base::to_valid_utf8(unfold(field.body.substr(0, kMaxValueOctets)));
  }

  void put(std::string_view source, const MaybeMoment& moment, std::string_view raw,
           const HeaderField& field) {
    if (!moment || !is_plausible(*moment)) return;
    is_cut_ |= times_.size() == kMaxTimes;
    if (is_cut_) return;
    times_.push_back({source, moment->microseconds, moment->unit, moment->is_utc, std::string{raw},
                      message_.header_offset +
                          static_cast<std::uint64_t>(field.name.data() - message_.header_section.data())});
  }

  /// Within a month of any date that the message has; of one without dates nobody knows better.
  bool is_near(const Moment& moment) const {
    if (dates_.empty()) return true;
    return std::any_of(dates_.begin(), dates_.end(), [&](std::int64_t seconds) {
      const bool is_countable = seconds > -kLatest / kSecond && seconds < kLatest / kSecond;
      return is_countable && std::abs(seconds * kSecond - moment.microseconds) <= kNear;
    });
  }

  MaybeMoment moment_of(std::string_view text, std::span<const Form> forms) const {
    for (const auto& form : forms) {
      const auto parts = match_shape(text, form.shape);
      if (!parts) continue;
      const auto moment = form.read(*parts);
      if (moment && is_plausible(*moment) && (!form.is_weak || is_near(*moment))) return moment;
    }
    return std::nullopt;
  }

  void message_id(const HeaderField& field) {
    if (has_message_id_ || !message_.summary.message_id) return;
    has_message_id_ = true;
    const auto id = std::string_view{*message_.summary.message_id}.substr(0, kMaxValueOctets);
    auto moment = moment_of(id, kMessageIdForms);
    if (!moment) moment = number_in(id.substr(0, id.rfind('@')));
    put("message-id", moment, id, field);
  }

  /// The first run of digits that is a time: of 14, 17 or 20 digits a civil one, of 10, 13 or 16 seconds and
  /// parts of them since 1970.
  MaybeMoment number_in(std::string_view text) const {
    for (std::size_t at = 0; at < text.size();) {
      const auto begin = static_cast<std::size_t>(
          std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), base::is_digit) -
          text.begin());
      const auto end = static_cast<std::size_t>(
          std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), base::is_digit) -
          text.begin());
      const auto run = text.substr(begin, end - begin);
      const bool is_civil = run.size() == 14 || run.size() == 17 || run.size() == 20;
      const auto moment = is_civil ? civil(run) : epoch(run);
      if (moment && is_plausible(*moment) && is_near(*moment)) return moment;
      at = end;
    }
    return std::nullopt;
  }

  void boundary(const HeaderField& field) {
    const auto value = base::to_valid_utf8(boundary_of(field.body));
    put("boundary", moment_of(value, kBoundaryForms), value, field);
  }

  void gmail_number(const HeaderField& field, std::string_view source) {
    const auto value = text_of(field);
    const bool is_hexadecimal = value.find_first_of("abcdefABCDEF") != std::string::npos;
    const auto id = number<std::uint64_t>(value, is_hexadecimal ? 16 : 10);
    put(source, since_1970(id ? std::optional{*id >> 20U} : id, 1'000, Unit::millisecond), value, field);
  }

  /// `05 Mar 2002 10:07:03.0123 (UTC) FILETIME=[3F5B6A20:01C1C43A]`
  void arrival(const HeaderField& field) {
    const auto value = text_of(field);
    const auto at = value.find("FILETIME=[");
    if (at == std::string::npos) return;
    if (const auto parts = match_shape(std::string_view{value}.substr(at), "FILETIME=[(%h{8}):(%h{8})]%*"))
      put("x-originalarrivaltime", filetime((*parts)[1], (*parts)[0]), value, field);
  }

  /// `05 Mar 2024 10:07:03.1234 (UTC)`
  void cross_tenant_arrival(const HeaderField& field) {
    const auto value = text_of(field);
    const auto parts = match_shape(value, "(%d{2} %w{3} %d{4} %d{2}:%d{2}:%d{2}).(%d{3})%*");
    const auto date = parts ? parse_date_time((*parts)[0]) : std::nullopt;
    const auto thousandths = parts ? number<std::int64_t>((*parts)[1]) : std::nullopt;
    if (date && thousandths)
      put("x-ms-exchange-crosstenant-originalarrivaltime",
          Moment{date->unix_seconds * kSecond + *thousandths * 1'000, Unit::millisecond, true}, value, field);
  }

  // Thread-Index, MS-OXOMSG §2.2.1.3: a header of 22 octets, then a block of 5 for each answer.
  //
  //     header = %x01 5OCTET guid     the 48 high bits of a FILETIME, which begins with 01 until 2057;
  //            / %x01 5OCTET guid     since Exchange 2013 its 40 high bits behind a reserved octet
  //     block  = delta 1OCTET         a bit for the unit, 2^18 or 2^23 intervals of 100 ns, and 31 of them
  //
  // The delta counts from the block before, and those who append read the header the first way always: of the
  // second it counts from a wrong moment, and its high bits are lost. The moment is the first from the block
  // before on that has the bits that are left.
  void thread_index(const HeaderField& field) {
    constexpr std::size_t kHeader = 22;
    constexpr std::size_t kBlock = 5;
    constexpr std::size_t kMaxBlocks = 1'000;
    const auto value = base::to_valid_utf8(unfold(field.body.substr(0, kBlock * kMaxBlocks * 2)));
    const auto octets = base::read_base64(value);
    if (octets.size() < kHeader || octets[0] != 1) return;
    const auto big_endian = [&](std::size_t at, std::size_t count) {
      std::uint64_t read = 0;
      for (const char octet : std::string_view{octets}.substr(at, count))
        read = read << 8U | static_cast<unsigned char>(octet);
      return read;
    };
    const bool is_reserved_first = octets[1] == 1;
    auto sum = big_endian(0, 6) << 16U;
    auto moment = is_reserved_first ? big_endian(1, 5) << 24U : sum;
    const std::string_view raw = std::string_view{value}.substr(0, kMaxValueOctets);
    put("thread-index", filetime(moment, is_reserved_first ? Unit::second : Unit::millisecond), raw, field);
    bool has_blocks = false;
    bool is_coarse = false;
    for (auto at = kHeader; at + kBlock <= octets.size(); at += kBlock) {
      const auto block = big_endian(at, 4);
      is_coarse = (block & 0x8000'0000U) != 0;
      const unsigned bits = is_coarse ? 23 : 18;
      sum += (block & 0x7FFF'FFFFU) << bits;
      const auto period = std::uint64_t{1} << (bits + 31);
      const auto earliest = moment - (std::uint64_t{1} << 24U);  // what rounding may have lost
      moment = earliest + ((sum - earliest) & (period - 1));
      has_blocks = true;
    }
    if (has_blocks)
      put("thread-index-answer", filetime(moment, is_coarse ? Unit::second : Unit::millisecond), raw, field);
  }

  const MessageObject& message_;
  bool has_message_id_ = false;
  std::vector<std::int64_t> dates_;  ///< Unix seconds.
  std::vector<HiddenTime> times_;
  bool is_cut_ = false;
};

}  // namespace

std::vector<HiddenTime> hidden_times(std::span<const HeaderField> fields, const MessageObject& message,
                                     std::vector<std::string>& defects) {
  TimeReader reader{message};
  for (const auto& field : fields) reader.take(field);
  if (reader.is_cut()) defects.emplace_back("more than 50 hidden times: the rest was not kept");
  return reader.times();
}

std::string to_text(const HiddenTime& time) {
  auto text = to_rfc3339(time.microseconds / kSecond);
  text.pop_back();
  const auto part = time.microseconds % kSecond;
  if (time.unit == Unit::millisecond) text += fmt::format(".{:03}", part / 1'000);
  if (time.unit == Unit::microsecond) text += fmt::format(".{:06}", part);
  return time.is_utc ? text + 'Z' : text;
}

std::string_view to_text(Unit unit) noexcept {
  switch (unit) {
    case Unit::day:
      return "day";
    case Unit::minute:
      return "minute";
    case Unit::second:
      return "second";
    case Unit::millisecond:
      return "millisecond";
    case Unit::microsecond:
      return "microsecond";
  }
  return "";
}

}  // namespace mailspoor::index
