#include "index/trace/received_marks.hpp"

#include <algorithm>
#include <array>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using Place = FormatMark::Place;
using Reading = FromReading;

constexpr std::array kMarks{
    // Those that turn the `from` clause round, or say that nothing is announced in it.
    FormatMark{Place::comment, "Exim", "exim", Reading::equal_if_alone, true},
    FormatMark{Place::comment, "CommuniGate", "communigate", Reading::looked_up_first, true},
    FormatMark{Place::comment, "qmail", "qmail", Reading::looked_up_first},
    FormatMark{Place::comment, "ecelerity", "momentum", Reading::looked_up_first},
    FormatMark{Place::comment, "Momentum", "momentum", Reading::looked_up_first},
    FormatMark{Place::comment, "Horde Framework", "horde", Reading::looked_up_only, true},
    FormatMark{Place::comment, "HTTP/1.", "roundcube", Reading::looked_up_only, true},
    FormatMark{Place::comment, "HTTP/2", "roundcube", Reading::looked_up_only, true},
    FormatMark{Place::first_word, "SquirrelMail", "squirrelmail", Reading::looked_up_only, true},
    FormatMark{Place::later_word, "rhost-flags-", "zmailer", Reading::looked_up_first, true},
    FormatMark{Place::first_word, "LHLO", "zimbra", Reading::looked_up_first},
    FormatMark{Place::with, "ESMTP/TLS/", "ironport", Reading::looked_up_first},
    // Those that write an address literal where others write the announced name.
    FormatMark{Place::comment, "MDaemon", "mdaemon", Reading::announced_first, true},
    FormatMark{Place::comment, "Lotus Domino", "domino", Reading::announced_first, true},
    FormatMark{Place::comment, "IBM Domino", "domino", Reading::announced_first, true},
    FormatMark{Place::comment, "HCL Domino", "domino", Reading::announced_first, true},
    FormatMark{Place::comment, "Domino Release", "domino", Reading::announced_first, true},
    FormatMark{Place::comment, "fetchmail-", "fetchmail", Reading::announced_first, true},
    FormatMark{Place::comment, "Mercury", "mercury", Reading::announced_first, true},
    FormatMark{Place::with, "NNFMP", "yahoo", Reading::announced_first, true},
    FormatMark{Place::with, "POP3-SSL", "getmail", Reading::announced_first, true},
    FormatMark{Place::with, "IMAP4-SSL", "getmail", Reading::announced_first, true},
    // Those that follow RFC 5321.
    FormatMark{Place::comment, "Postfix", "postfix"},
    FormatMark{Place::comment, "amavis", "amavis"},
    FormatMark{Place::comment, "PowerMTA", "powermta"},
    FormatMark{Place::comment, "Haraka", "haraka"},
    FormatMark{Place::comment, "OpenSMTPD", "opensmtpd"},
    FormatMark{Place::comment, "KumoMTA", "kumomta"},
    FormatMark{Place::comment, "Halon", "halon"},
    FormatMark{Place::comment, "Stalwart", "stalwart"},
    FormatMark{Place::comment, "IceWarp", "icewarp"},
    FormatMark{Place::comment, "Merak", "icewarp"},
    FormatMark{Place::comment, "SurgeMail", "surgemail"},
    FormatMark{Place::comment, "Kerio", "kerio"},
    FormatMark{Place::comment, "Cyrus", "cyrus"},
    FormatMark{Place::comment, "Oracle Communications", "jes"},
    FormatMark{Place::comment, "Sun Java", "jes"},
    FormatMark{Place::comment, "Sun ONE", "jes"},
    FormatMark{Place::comment, "iPlanet", "jes"},
    FormatMark{Place::comment, "PMDF", "pmdf"},
    FormatMark{Place::comment, "DragonFly Mail Agent", "dma"},
    FormatMark{Place::comment, "sSMTP", "ssmtp"},
    FormatMark{Place::comment, "nullmailer", "nullmailer"},
    FormatMark{Place::comment, "Nemesis", "gmx"},
    FormatMark{Place::whole_comment, "PPS", "proofpoint"},
    FormatMark{Place::whole_comment, "SG", "sendgrid"},
    FormatMark{Place::comment, "Microsoft Exchange", "exchange"},
    FormatMark{Place::comment, "smail", "smail"},
    FormatMark{Place::comment, "IMail", "imail"},
    FormatMark{Place::comment, "SMTPD32", "imail"},
    FormatMark{Place::comment, "InterMail", "intermail"},
    FormatMark{Place::comment, "InterScan", "interscan"},
    FormatMark{Place::comment, "JAMES", "james"},
    FormatMark{Place::comment, "Sendmail", "sendmail"},
    FormatMark{Place::comment, "F-Secure", "f-secure"},
    FormatMark{Place::comment_part, "/Yandex", "yandex"},
    FormatMark{Place::comment_part, "Hermes SMTP Server", "yahoo"},
    FormatMark{Place::with, "Microsoft SMTP Server", "exchange"},
    FormatMark{Place::with, "Microsoft SMTPSVC", "smtpsvc"},
    FormatMark{Place::with, "mapi", "exchange"},
    FormatMark{Place::with, "MailEnable", "mailenable"},
    FormatMark{Place::with, "[XMail", "xmail"},
    FormatMark{Place::with, "Novell_GroupWise", "groupwise"},
    FormatMark{Place::with, "Internet Mail Service", "exchange"},
    FormatMark{Place::via, "smap", "smap"},
    FormatMark{Place::by, ".google.com", "gmail"},
    FormatMark{Place::by, ".gmail.com", "gmail"},
    FormatMark{Place::by, ".yahoo.com", "yahoo"},
    FormatMark{Place::by, ".outlook.com", "exchange"},
    FormatMark{Place::by, ".prod.exchangelabs.com", "exchange"},
    FormatMark{Place::by, ".mimecast.com", "mimecast"},
    FormatMark{Place::by, ".pphosted.com", "proofpoint"},
    FormatMark{Place::by, ".messagelabs.com", "messagelabs"},
    FormatMark{Place::by, ".mailgun.net", "mailgun"},
    FormatMark{Place::by, ".sendgrid.net", "sendgrid"},
    FormatMark{Place::by, ".zohomail.com", "zoho"},
};

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         base::equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

bool holds_ignoring_case(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), [](char left, char right) {
           return base::to_lower(left) == base::to_lower(right);
         }) != text.end();
}

}  // namespace

const FormatMark* find_mark(FormatMark::Place place, std::string_view text) {
  for (const auto& mark : kMarks) {
    if (mark.place != place) continue;
    bool is_there = false;
    switch (place) {
      case Place::comment:
      case Place::later_word:
      case Place::with:
      case Place::via:
        is_there = base::starts_with_ignoring_case(text, mark.text);
        break;
      case Place::whole_comment:
      case Place::first_word:
        is_there = base::equal_ignoring_case(text, mark.text);
        break;
      case Place::comment_part:
        is_there = holds_ignoring_case(text, mark.text);
        break;
      case Place::by:
        is_there = ends_with_ignoring_case(text, mark.text);
        break;
    }
    if (is_there) return &mark;
  }
  return nullptr;
}

}  // namespace mailspoor::index
