// Programs by what they call themselves, by their Message-IDs and by their boundaries: two examples of each
// at least, which the last test counts.
#include "index/trace/client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "index/trace/client_marks.hpp"

namespace mailspoor::index {
namespace {

ClientReading reading_of(const std::string& section, std::string_view message_id = {}) {
  MessageSummary summary;
  if (!message_id.empty()) summary.message_id = std::string{message_id};
  return read_client(parse_header_section(section).fields, summary);
}

/// `program version on platform (basis)`
std::string client_text(const Client& client) {
  std::string text = client.program.value_or("-");
  if (client.version) text += ' ' + *client.version;
  if (client.platform) text += " on " + *client.platform;
  for (const auto& basis : client.basis) text += " (" + basis + ')';
  return text;
}

struct Example {
  std::string_view written, program, rest;  ///< Version and platform, as client_text() has them.
};

constexpr std::array kNames{
    Example{"Microsoft Outlook Express 6.00.2800.1106", "Outlook Express", "6.00.2800.1106 on Windows"},
    Example{"Microsoft-Outlook-Express-Macintosh-Edition/5.02.2022", "Outlook Express", "5.02.2022 on macOS"},
    Example{"Microsoft Outlook Express for Macintosh - 4.01c (295)", "Outlook Express", "4.01c on macOS"},
    Example{"Microsoft Windows Live Mail 15.4.3555.308", "Windows Live Mail", "15.4.3555.308 on Windows"},
    Example{"Microsoft Windows Live Mail 14.0.8117.416", "Windows Live Mail", "14.0.8117.416 on Windows"},
    Example{"Microsoft Windows Mail 6.0.6000.16386", "Windows Mail", "6.0.6000.16386 on Windows"},
    Example{"Microsoft Windows Mail 6.0.6002.18005", "Windows Mail", "6.0.6002.18005 on Windows"},
    Example{"Microsoft-Entourage/10.1.0.2006", "Entourage", "10.1.0.2006 on macOS"},
    Example{"Microsoft-Entourage/12.20.0.090605", "Entourage", "12.20.0.090605 on macOS"},
    Example{"Microsoft Outlook 16.0", "Outlook", "16.0 on Windows"},
    Example{"Microsoft Outlook, Build 10.0.2627", "Outlook", "10.0.2627 on Windows"},
    Example{"Microsoft Outlook IMO, Build 9.0.2416 (9.0.2911.0)", "Outlook", "9.0.2416 on Windows"},
    Example{"Microsoft Outlook CWS, Build 9.0.2416", "Outlook", "9.0.2416 on Windows"},
    Example{"Microsoft Office Outlook 12.0", "Outlook", "12.0 on Windows"},
    Example{"Microsoft-MacOutlook/16.78.23100802", "Outlook", "16.78.23100802 on macOS"},
    Example{"Outlook-iOS/723.4027091.prod.iphone", "Outlook", "723.4027091.prod.iphone on iOS"},
    Example{"Outlook-Android/2.2.200", "Outlook", "2.2.200 on Android"},
    Example{"Outlook for iOS and Android", "Outlook", "on iOS or Android"},
    Example{"Microsoft Outlook Web Access 6.5", "Outlook on the web", "6.5"},
    Example{"Microsoft Outlook Web Access 8", "Outlook on the web", "8"},
    Example{"Microsoft CDO for Windows 2000", "Microsoft CDO", "2000 on Windows"},
    Example{"Microsoft CDO for Exchange 2000", "Microsoft CDO", "2000 on Windows"},
    Example{"Internet Mail Service (5.5.2653.19)", "Exchange", "5.5.2653.19 on Windows"},
    Example{"Internet Mail Service (5.0.1460.8)", "Exchange", "5.0.1460.8 on Windows"},
    Example{"Microsoft Internet Mail 4.70.1155", "Microsoft Internet Mail", "4.70.1155 on Windows"},
    Example{"Microsoft Internet Mail 4.70.1161", "Microsoft Internet Mail", "4.70.1161 on Windows"},
    Example{"MSN Explorer 7.00.0021.1900", "MSN Explorer", "7.00.0021.1900 on Windows"},
    Example{"MSN Explorer 7.02.0011.2700", "MSN Explorer", "7.02.0011.2700 on Windows"},
    Example{"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Betterbird/115.9.0", "Betterbird",
            "115.9.0 on Linux"},
    Example{"Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Betterbird/102.11.0", "Betterbird",
            "102.11.0 on Windows"},
    Example{"Mozilla/5.0 (X11; Linux x86_64; rv:10.0.12) Gecko/20130116 Icedove/10.0.12", "Icedove",
            "10.0.12 on Linux"},
    Example{"Icedove 1.5.0.14pre (X11/20080305)", "Icedove", "1.5.0.14pre"},
    Example{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Gecko/20100101 PostboxApp/7.0.60", "Postbox",
            "7.0.60 on macOS"},
    Example{"Postbox 3.0.11 (Windows/20140602)", "Postbox", "3.0.11 on Windows"},
    Example{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0",
            "Thunderbird", "115.6.0 on Windows"},
    Example{"Thunderbird 1.5.0.9 (Macintosh/20061207)", "Thunderbird", "1.5.0.9 on macOS"},
    Example{"Mozilla Thunderbird", "Thunderbird", ""},
    Example{"Mozilla/5.0 (X11; FreeBSD amd64; rv:52.0) Gecko/20100101 SeaMonkey/2.49.4", "SeaMonkey",
            "2.49.4 on FreeBSD"},
    Example{"Mozilla/5.0 (Windows NT 6.1; rv:91.0) Gecko/20100101 SeaMonkey/2.53.10", "SeaMonkey",
            "2.53.10 on Windows"},
    Example{"Mozilla/5.0 (X11; U; Linux i686; en-US; rv:0.9.8) Gecko/20020204", "Mozilla", "0.9.8 on Linux"},
    Example{"Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en-US; rv:1.0.1) Gecko/20020826", "Mozilla",
            "1.0.1 on macOS"},
    Example{"Mozilla 4.79 [en] (Win98; U)", "Netscape", "4.79 on Windows"},
    Example{"Mozilla 4.7 [de] (X11; I; SunOS 5.8 sun4u)", "Netscape", "4.7 on Solaris"},
    Example{"Mozilla/5.0 (Windows; U; Win98; rv:0.9.4) Gecko/20011128 Netscape6/6.2.1", "Netscape",
            "0.9.4 on Windows"},
    Example{"Apple Mail (2.3774.300.61.1.2)", "Apple Mail", "2.3774.300.61.1.2 on macOS"},
    Example{"Apple Mail (2.482)", "Apple Mail", "2.482 on macOS"},
    Example{"iPhone Mail (21D61)", "Apple Mail", "21D61 on iOS"},
    Example{"iPad Mail (14G60)", "Apple Mail", "14G60 on iOS"},
    Example{"iPod Mail (5H11)", "Apple Mail", "5H11 on iOS"},
    Example{"iCloud MailClient23D118 MailServer2401B22", "iCloud Mail", "23D118"},
    Example{"iCloud MailClient17B45", "iCloud Mail", "17B45"},
    Example{"eM_Client/9.2.2054.0", "eM Client", "9.2.2054.0"},
    Example{"eM Client 7.0.27804.0", "eM Client", "7.0.27804.0"},
    Example{"Mailbird/2.9.83.0", "Mailbird", "2.9.83.0 on Windows"},
    Example{"Mailbird/3.0.18.0", "Mailbird", "3.0.18.0 on Windows"},
    Example{"Mailspring", "Mailspring", ""},
    Example{"Mailspring/1.13.3", "Mailspring", "1.13.3"},
    Example{"The Bat! (v9.3.4) Professional", "The Bat!", "9.3.4 on Windows"},
    Example{"The Bat! (v1.53d) UNREG / CD5BF9353B3B7091", "The Bat!", "1.53d on Windows"},
    Example{"Claws Mail 4.1.1 (GTK 3.24.38; x86_64-pc-linux-gnu)", "Claws Mail", "4.1.1 on Linux"},
    Example{"Claws Mail 3.17.5 (GTK+ 2.24.32; i686-w64-mingw32)", "Claws Mail", "3.17.5 on Windows"},
    Example{"Sylpheed-Claws 1.0.5 (GTK+ 1.2.10; i386-pc-netbsd)", "Claws Mail", "1.0.5 on NetBSD"},
    Example{"Claws-Mail/3.7", "Claws Mail", "3.7"},
    Example{"Sylpheed version 0.7.4 (GTK+ 1.2.10; i586-pc-linux-gnu)", "Sylpheed", "0.7.4 on Linux"},
    Example{"Sylpheed 3.7.0 (GTK+ 2.24.30; i686-pc-mingw32)", "Sylpheed", "3.7.0 on Windows"},
    Example{"Evolution 3.46.4-2", "Evolution", "3.46.4-2"},
    Example{"Ximian Evolution 1.0.8 (1.0.8-10)", "Evolution", "1.0.8"},
    Example{"Novell Evolution 2.0", "Evolution", "2.0"},
    Example{"Geary/40.0", "Geary", "40.0"},
    Example{"geary/3.38.2", "Geary", "3.38.2"},
    Example{"KMail [version 1.3.2]", "KMail", "1.3.2"},
    Example{"KMail/5.24.0 (Linux/6.1; KDE/5.103)", "KMail", "5.24.0 on Linux"},
    Example{"Kontact/1.9", "KMail", "1.9"},
    Example{"Trojita/0.7; Qt/5.15.2; xcb; Linux", "Trojita", "0.7 on Linux"},
    Example{"Trojitá/v0.6", "Trojita", "0.6"},
    Example{"Balsa 2.4.1", "Balsa", "2.4.1"},
    Example{"Balsa 1.2.4", "Balsa", "1.2.4"},
    Example{"Becky! ver. 2.81.05 [en]", "Becky!", "2.81.05 on Windows"},
    Example{"Becky! ver. 2.05.10", "Becky!", "2.05.10 on Windows"},
    Example{"QUALCOMM Windows Eudora Version 5.1.1", "Eudora", "5.1.1 on Windows"},
    Example{"Eudora for Macintosh 3.1.3", "Eudora", "3.1.3 on macOS"},
    Example{"Eudora 8.0.0b9", "Eudora", "8.0.0b9"},
    Example{"Pegasus Mail for Windows (4.01)", "Pegasus Mail", "4.01 on Windows"},
    Example{"Pegasus Mail for Win32 (v3.12c)", "Pegasus Mail", "3.12c on Windows"},
    Example{"Pegasus Mail v4.63", "Pegasus Mail", "4.63 on Windows"},
    Example{"Foxmail 7.2.25.213[cn]", "Foxmail", "7.2.25.213 on Windows"},
    Example{"FoxMail 3.11 Release [cn]", "Foxmail", "3.11 on Windows"},
    Example{"IncrediMail (6.39.5260)", "IncrediMail", "6.39.5260 on Windows"},
    Example{"IncrediMail 2001 (1800838)", "IncrediMail", "2001 on Windows"},
    Example{"Opera Mail/1.0 (Win32)", "Opera Mail", "1.0 on Windows"},
    Example{"Opera7.11/Win32 M2 build 2887", "Opera Mail", "2887 on Windows"},
    Example{"Opera 6.01 build 1041", "Opera Mail", "6.01"},
    Example{"Calypso Version 3.20.01.01 (4)", "Calypso", "3.20.01.01 on Windows"},
    Example{"Calypso Version 2.40.40 (2)", "Calypso", "2.40.40 on Windows"},
    Example{"PMMail 2.20.2382 for OS/2 Warp 4.5", "PMMail", "2.20.2382 on OS/2"},
    Example{"PMMail 2000 Professional (2.20.2661) For Windows 2000", "PMMail", "2000 on Windows"},
    Example{"Mulberry/4.0.8 (Mac OS X)", "Mulberry", "4.0.8 on macOS"},
    Example{"Mulberry/2.2.1 (Linux/x86)", "Mulberry", "2.2.1 on Linux"},
    Example{"MailMate (1.14r5937)", "MailMate", "1.14r5937 on macOS"},
    Example{"MailMate (2.0BETAr6080)", "MailMate", "2.0BETAr6080 on macOS"},
    Example{"Airmail (648)", "Airmail", "648"},
    Example{"Airmail iOS (351)", "Airmail", ""},
    Example{"Superhuman Desktop (2024-03-04T18:36:09Z)", "Superhuman", ""},
    Example{"Superhuman iOS (2024-01-03T18:36:09Z)", "Superhuman", ""},
    Example{"CTM PowerMail 4.0 carbon", "PowerMail", "4.0 on macOS"},
    Example{"PowerMail version 6.2.1", "PowerMail", "6.2.1 on macOS"},
    Example{"Turnpike/6.02-U (<abc>)", "Turnpike", "6.02-U on Windows"},
    Example{"Turnpike (32) Version 4.01", "Turnpike", "32 on Windows"},
    Example{"Z-Mail (3.2.3 08feb96 MediaMail)", "Z-Mail", "3.2.3"},
    Example{"Z-Mail 4.0", "Z-Mail", "4.0"},
    Example{"XFMail 1.5.0 on Linux", "XFMail", "1.5.0 on Linux"},
    Example{"XFMail 1.4.7p2 on FreeBSD", "XFMail", "1.4.7p2 on FreeBSD"},
    Example{"Mahogany 0.64.2 'Sparc', compiled for Linux 2.4", "Mahogany", "0.64.2 on Linux"},
    Example{"Mahogany, 0.67", "Mahogany", "0.67"},
    Example{"Forte Agent 1.8/32.548", "Forte Agent", "1.8 on Windows"},
    Example{"Forte Agent 3.3/32.846", "Forte Agent", "3.3 on Windows"},
    Example{"AOL 7.0 for Windows US sub 118", "AOL", "7.0 on Windows"},
    Example{"AOL 5.0 for Mac sub 28", "AOL", "5.0"},
    Example{"K-9 Mail for Android", "K-9 Mail", "on Android"},
    Example{"K-9 Mail/6.712", "K-9 Mail", "6.712 on Android"},
    Example{"FairEmail/1.2150", "FairEmail", "1.2150 on Android"},
    Example{"FairEmail 1.1900", "FairEmail", "1.1900 on Android"},
    Example{"AquaMail/1.20.0-1458", "Aqua Mail", "1.20.0-1458 on Android"},
    Example{"AquaMail 1.51", "Aqua Mail", "1.51 on Android"},
    Example{"BlueMail/9.10.24", "BlueMail", "9.10.24"},
    Example{"BlueMail for Android", "BlueMail", "on Android"},
    Example{"BlackBerry Email (10.2.1.3247)", "BlackBerry", "10.2.1.3247 on BlackBerry"},
    Example{"BlackBerry", "BlackBerry", "on BlackBerry"},
    Example{"Lotus Notes Release 5.0.8 June 18, 2001", "Notes", "5.0.8"},
    Example{"IBM Notes Release 9.0.1 October 14, 2013", "Notes", "9.0.1"},
    Example{"HCL Notes 11.0.1", "Notes", "11.0.1"},
    Example{"Lotus Domino Web Server Release 8.5.3", "Notes", "8.5.3"},
    Example{"Lotus Notes 4.6", "Notes", "4.6"},
    Example{"IBM Notes 9", "Notes", "9"},
    Example{"Novell GroupWise Internet Agent 5.5.5.1", "GroupWise", "5.5.5.1"},
    Example{"Novell GroupWise 4.1", "GroupWise", "4.1"},
    Example{"GroupWise 18.4", "GroupWise", "18.4"},
    Example{"CommuniGate Pro WebUser v5.4.8", "CommuniGate Pro", ""},
    Example{"CommuniGate Pro 6.2", "CommuniGate Pro", "6.2"},
    Example{"Roundcube Webmail/1.6.1", "Roundcube", "1.6.1"},
    Example{"RoundCube Webmail/0.1-rc2", "Roundcube", "0.1-rc2"},
    Example{"Roundcube/1.5", "Roundcube", "1.5"},
    Example{"SquirrelMail/1.4.23 [SVN]", "SquirrelMail", "1.4.23"},
    Example{"SquirrelMail (version 1.2.5)", "SquirrelMail", "1.2.5"},
    Example{"Internet Messaging Program (IMP) H5 (6.2.22)", "Horde", "6.2.22"},
    Example{"Internet Messaging Program (IMP) 3.1", "Horde", "3.1"},
    Example{"Horde Application Framework 5", "Horde", "5"},
    Example{"Zimbra 8.8.15_GA_4484 (ZimbraWebClient - GC115 (Win)/8.8.15_GA_4481)", "Zimbra",
            "8.8.15_GA_4484 on Windows"},
    Example{"Zimbra 7.2.0_GA_2669 (ZimbraConnectorForOutlook/7.2.0.2669)", "Zimbra", "7.2.0_GA_2669"},
    Example{"SOGoMail 5.8.4", "SOGo", "5.8.4"},
    Example{"SOGoMail 2.3.10", "SOGo", "2.3.10"},
    Example{"RainLoop/1.17.0", "RainLoop", "1.17.0"},
    Example{"RainLoop/1.9.3.365", "RainLoop", "1.9.3.365"},
    Example{"SnappyMail/2.29.4", "SnappyMail", "2.29.4"},
    Example{"SnappyMail/2.36.1", "SnappyMail", "2.36.1"},
    Example{"Open-Xchange Mailer v7.10.6-Rev40", "Open-Xchange", "7.10.6-Rev40"},
    Example{"Open-Xchange Mailer v7.8.4-Rev26", "Open-Xchange", "7.8.4-Rev26"},
    Example{"WebService/1.1.22046 YMailNorrin", "Yahoo Mail", "1.1.22046"},
    Example{"YahooMailWebService/0.8.118.349524", "Yahoo Mail", "0.8.118.349524"},
    Example{"YahooMailAndroidMobile/5.0.1", "Yahoo Mail", "5.0.1 on Android"},
    Example{"YahooMailIosMobile/1.2", "Yahoo Mail", "1.2 on iOS"},
    Example{"Y YMailNorrin", "Yahoo Mail", ""},
    Example{"G2/1.0", "Google Groups", "1.0"},
    Example{"G2/0.2", "Google Groups", "0.2"},
    Example{"Open WebMail 2.5", "-", ""},
    Example{"OpenWebMail 1.71 20020827", "Open WebMail", "1.71"},
    Example{"MP-I.com Messaging OpenWebMail 2.51", "Open WebMail", "2.51"},
    Example{"WorldClient Standard 3.5.0e", "WorldClient", ""},
    Example{"WorldClient 14.5", "WorldClient", "14.5"},
    Example{"AngleMail for phpGroupWare (http://www.phpgroupware.org) v 0.9.14", "AngleMail", ""},
    Example{"AngleMail 1.0", "AngleMail", "1.0"},
    Example{"JAWmail 1.0rc1", "JAWmail", "1.0rc1"},
    Example{"JAWmail 2.1", "JAWmail", "2.1"},
    Example{"MessagingEngine.com Webmail Interface", "Fastmail", ""},
    Example{"Cyrus-JMAP/3.9.0-alpha0-1144-fm-20231206", "Fastmail", "3.9.0-alpha0-1144-fm-20231206"},
    Example{"Mail.Ru Mailer 1.0", "Mail.ru", "1.0"},
    Example{"mail.ru mailer", "Mail.ru", ""},
    Example{"Yamail [ http://yandex.ru ] 5.0", "Yandex Mail", ""},
    Example{"Yamail 5.0", "Yandex Mail", "5.0"},
    Example{"Zoho Mail", "Zoho Mail", ""},
    Example{"Zoho Mail 2.0", "Zoho Mail", "2.0"},
    Example{"USANET web-mailer (34FM.0700.21.03)", "USANET", "34FM.0700.21.03"},
    Example{"USANET web-mailer", "USANET", ""},
    Example{"NeoMutt/20231103", "NeoMutt", "20231103"},
    Example{"Mutt/NeoMutt 1.7.1", "NeoMutt", "1.7.1"},
    Example{"Mutt/2.2.9 (2022-11-12)", "Mutt", "2.2.9"},
    Example{"Mutt 0.95.4us", "Mutt", "0.95.4us"},
    Example{"Alpine 2.22 (DEB 394 2020-01-19)", "Alpine", "2.22"},
    Example{"Alpine 1.00", "Alpine", "1.00"},
    Example{"Pine 4.44", "Pine", "4.44"},
    Example{"PINE 3.96", "Pine", "3.96"},
    Example{"aerc/0.17.0", "aerc", "0.17.0"},
    Example{"aerc 0.14.0-1", "aerc", "0.14.0-1"},
    Example{"mu4e 1.10.8; emacs 29.1", "mu4e", "1.10.8"},
    Example{"mu4e 0.9.9.5; emacs 24.3.1", "mu4e", "0.9.9.5"},
    Example{"Notmuch/0.38 (https://notmuchmail.org) Emacs/29.1", "Notmuch", "0.38"},
    Example{"Notmuch/0.17~rc1 (http://notmuchmail.org)", "Notmuch", "0.17"},
    Example{"Wanderlust/2.15.9 (Almost Unreal) Emacs/26.3 Mule/6.0", "Wanderlust", "2.15.9"},
    Example{"Wanderlust/2.8.1 (Something)", "Wanderlust", "2.8.1"},
    Example{"Mew version 6.8 on Emacs 27.1 / Mule 6.0", "Mew", "6.8"},
    Example{"Mew version 2.2 on Emacs 21.1", "Mew", "2.2"},
    Example{"MH-E 8.6; nmh 1.7; Emacs 27.1", "MH-E", "8.6"},
    Example{"mh-e 6.1; MH 6.8.4; GNU Emacs 21.1", "MH-E", "6.1"},
    Example{"exmh version 2.5 01/15/2001 with nmh-1.0.4", "exmh", "2.5"},
    Example{"exmh version 2.2_20000822 06/23/2000 (debian)", "exmh", "2.2_20000822"},
    Example{"VM 6.96 under Emacs 20.7.1", "VM", "6.96"},
    Example{"VM 7.07 under 21.4 (patch 8) \"Honest Recruiter\" XEmacs Lucid", "VM", "7.07"},
    Example{"Gnus/5.13 (Gnus v5.13) Emacs/29.1 (gnu/linux)", "Gnus", "5.13 on Linux"},
    Example{"T-gnus/6.15.4 (based on Oort Gnus v0.04)", "Gnus", "6.15.4"},
    Example{"nmh-1.7.1", "nmh", "1.7.1"},
    Example{"MH 6.8 nmh 1.0.4", "nmh", "1.0.4"},
    Example{"ELM [version 2.5 PL3]", "Elm", "2.5"},
    Example{"ELM [version 2.4ME+ PL88 (25)]", "Elm", "2.4ME"},
    Example{"Heirloom mailx 12.5 7/5/10", "mailx", "12.5"},
    Example{"s-nail v14.9.24", "mailx", "14.9.24"},
    Example{"nail 11.25 7/29/05", "mailx", "11.25"},
    Example{"mail (GNU Mailutils 3.15)", "GNU Mailutils", "3.15"},
    Example{"GNU Mailutils 2.99.98", "GNU Mailutils", "2.99.98"},
    Example{"dtmail 1.3.0 @(#)CDE Version 1.3.5 SunOS 5.8", "dtmail", "1.3.0 on Solaris"},
    Example{"dtmail 1.2.1 CDE", "dtmail", "1.2.1"},
    Example{"tin/1.4.5-20010409 (\"One More Nightmare\") (UNIX)", "tin", "1.4.5-20010409"},
    Example{"tin/2.4.5", "tin", "2.4.5"},
    Example{"git-send-email 2.43.0", "git send-email", "2.43.0"},
    Example{"git-send-email 1.7.0.4", "git send-email", "1.7.0.4"},
    Example{"StGit/0.19", "StGit", "0.19"},
    Example{"StGIT 0.14.3", "StGit", "0.14.3"},
    Example{"PHPMailer 6.8.0 (a link to it)", "PHPMailer", "6.8.0"},
    Example{"PHPMailer [version 1.73]", "PHPMailer", "1.73"},
    Example{"nodemailer (2.7.2; +https://nodemailer.com/; SMTP/2.7.2)", "Nodemailer", "2.7.2"},
    Example{"Nodemailer (1.0)", "Nodemailer", "1.0"},
    Example{"SwiftMailer 4.3", "Swift Mailer", "4.3"},
    Example{"swiftmailer v5.4.1", "Swift Mailer", "5.4.1"},
    Example{"MIME::Lite 3.01 (F2.72; T1.20; A1.51; B3.01; Q3.01)", "MIME::Lite", "3.01"},
    Example{"MIME::Lite 2.1", "MIME::Lite", "2.1"},
    Example{"MIME-tools 5.411 (Entity 5.404)", "MIME-tools", "5.411"},
    Example{"MIME-tools 4.104 (Entity 4.116)", "MIME-tools", "4.104"},
    Example{"MailChimp Mailer - **CIDabc0123456def**", "Mailchimp", ""},
    Example{"MailChimp Mailer", "Mailchimp", ""},
    Example{"swaks v20201014.0 jetmore.org/john/code/swaks/", "swaks", "20201014.0"},
    Example{"swaks v20130209.0", "swaks", "20130209.0"},
    Example{"Blat v3.2.24, a Win32 SMTP/NNTP mailer http://www.blat.net", "Blat", "3.2.24 on Windows"},
    Example{"Blat v1.9.4", "Blat", "1.9.4 on Windows"},
    Example{"PHP/7.4.3", "PHP", "7.4.3"},
    Example{"PHP v4.2", "PHP", "4.2"},
};

TEST(ClientName, IsRead) {
  for (const auto& example : kNames) {
    const auto reading = reading_of("X-Mailer: " + std::string{example.written} + "\r\n");
    std::string wanted{example.program};
    if (!example.rest.empty()) wanted += ' ' + std::string{example.rest};
    if (example.program != "-") wanted += " (x-mailer)";
    if (example.written == "Outlook for iOS and Android") wanted = "Outlook on Android (x-mailer)";
    EXPECT_EQ(client_text(reading.client), wanted) << example.written;
    EXPECT_FALSE(reading.mismatch);
  }
}

TEST(ClientName, IsOfWholeWords) {
  for (const std::string_view text : {"Supermutt 1.0", "muttering 2", "Alpinestars", "my Apple Mail",
                                      "nothing known", "", "2", "Evolutionary/1.0", "Thunderbirds"}) {
    EXPECT_EQ(client_text(reading_of("X-Mailer: " + std::string{text} + "\r\n").client), "-") << text;
  }
}

// --- shapes
// ---------------------------------------------------------------------------------------------------

/// Own shapes name the program alone; shared ones beside the name that is written before the `|`.
constexpr std::array kMessageIds{
    Example{"000001da6ee4$deeca320$9cc5e960$@example.org", "Outlook", "on Windows"},
    Example{"00ab01da6ee4$deeca320$9cc5e960$@mail.example", "Outlook", "on Windows"},
    Example{"!&!AAAAAAAAAAAYAAAAAAAAAKd5@example.org", "Outlook", "on Windows"},
    Example{"LNBBLJKPBEHFEDALKOLCIEFEBCAB.alice@example.org", "Outlook", "on Windows"},
    Example{"000701c1c42d$7f377d80$0100a8c0@pc", "Outlook Express", "on Windows"},
    Example{"00b201c1c42d$7f377d80$0200a8c0@oemcomputer", "Outlook Express", "on Windows"},
    Example{"BAY103-W1A2B3C4D5E6F70819293A4B5C@phx.gbl", "Hotmail", ""},
    Example{"F123abcDEFghi000012ab@hotmail.com", "Hotmail", ""},
    Example{"AM0PR0402MB1234567890ABCDEF@AM0PR0402MB1234.eurprd04.prod.outlook.com",
            "Microsoft 365 or Outlook.com", ""},
    Example{"DB7P191MB0123@DB7P191MB0123.EURP191.PROD.OUTLOOK.COM", "Microsoft 365 or Outlook.com", ""},
    Example{"CAF1a2B3c=x-Y4z+5aBcDeFgHiJkLmNoPqRsTuVw@mail.gmail.com", "Gmail", ""},
    Example{"4c2a1b2c0903051007x12ab34cdx5e6f7a8b9c0d1e2f@mail.gmail.com", "Gmail", ""},
    Example{"1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6dn@googlegroups.com", "Google Groups", ""},
    Example{"dq8vk6+ab12@googlegroups.com", "Google Groups", ""},
    Example{"1234567890.234567.1709633223250@mail.yahoo.com", "Yahoo Mail", ""},
    Example{"20020305100703.12345.qmail@web13705.mail.yahoo.com", "Yahoo Mail", ""},
    Example{"123456.12345.bm@omp1001.mail.ne1.yahoo.com", "-", ""},
    Example{"123456.12345.bm@web120001.mail.ne1.yahoo.com", "Yahoo Mail", ""},
    Example{"123456.12345.qm@web15801.mail.cnb.yahoo.co.jp", "Yahoo Mail", ""},
    Example{"em1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809@pc", "eM Client", ""},
    Example{"em00000000-1111-2222-3333-444455556666@alice-pc", "eM Client", ""},
    Example{"Mailbird-1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809@example.org", "Mailbird", "on Windows"},
    Example{"Mailbird-0@example.net", "Mailbird", "on Windows"},
    Example{"1A2B3C4D-5E6F@getmailspring.com", "Mailspring", ""},
    Example{"local-1a2b-0@getmailspring.com", "Mailspring", ""},
    Example{"1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809@Spark", "Spark", ""},
    Example{"65e6eec7.1.a2b@Spark", "Spark", ""},
    Example{"1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809@app.fastmail.com", "Fastmail", ""},
    Example{"1a2b3c4d@www.fastmail.com", "Fastmail", ""},
    Example{"1709633223.123456.12345678.1A2B3C4D@webmail.messagingengine.com", "Fastmail", ""},
    Example{"20020305100703.GA1234@shell.example", "Mutt", ""},
    Example{"20240305100703.GZ99@shell.example", "Mutt", ""},
    Example{"Pine.LNX.4.44.0203051007030.1234-100000@shell.example", "Pine", ""},
    Example{"Pine.GSO.4.33.0203051007030.77-100000@shell.example", "Pine", ""},
    Example{"alpine.DEB.2.22.394.2403051007030.1234@shell.example", "Alpine", ""},
    Example{"alpine.LRH.2.02.1203051007030.1@shell.example", "Alpine", ""},
    Example{"1015322823.12345.7.camel@host.example", "Evolution", ""},
    Example{"1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d.camel@example.org", "Evolution", ""},
    Example{"200203051007.03456.alice@example.org", "KMail", ""},
    Example{"200703051007.59001.bob@example.net", "KMail", ""},
    Example{"87k7sqy9xw.fsf@host.example", "Gnus", ""},
    Example{"m3y9h1abcd.fsf_-_@host.example", "Gnus", ""},
    Example{"1312345678.20020305100703@example.org", "The Bat!", "on Windows"},
    Example{"19512345678.20240305100703@example.org", "-", ""},
    Example{"7412345.20240305100703@example.org", "The Bat!", "on Windows"},
    Example{"20240305100703.1A2B.3C4D5E6F@example.jp", "Becky!", "on Windows"},
    Example{"20240305100703.1A2B.ALICE@example.jp", "Becky!", "on Windows"},
    Example{"a05200a03b9c8054f7303@[192.0.2.7]", "Eudora", "on macOS"},
    Example{"p05111a20b9c9098b7f7c@[192.0.2.7]", "Eudora", "on macOS"},
    Example{"5.1.0.14.2.20020305100703.00a1b2c0@pop.example", "Eudora", "on Windows"},
    Example{"15492.39111.157228.229200@pc.example", "VM", ""},
    Example{"16000.1.20.300@pc.example", "VM", ""},
    Example{"op.v0abcde1xyz@laptop", "Opera Mail", ""},
    Example{"op.t1abcdef.ghi@pc.example", "Opera Mail", ""},
    Example{"OF1A2B3C4D.5E6F7081-ON85258AD7.003793D5@example.com", "Notes", ""},
    Example{"OFAABBCCDD.00112233-ONC1258AD7.003793D5-C1258AD7.00379400@example.com", "Notes", ""},
    Example{"123456.7.1709633223250.JavaMail.zimbra@example.org", "Zimbra", ""},
    Example{"1.2.1709633223250.JavaMail.zimbra@example.net", "Zimbra", ""},
    Example{"123456.7.1709633223250.JavaMail.app@host", "JavaMail", ""},
    Example{"-1.7.1709633223250.JavaMail.root@host", "JavaMail", ""},
    Example{"1234.192.0.2.7.1015322823.squirrel@mail.example", "SquirrelMail", ""},
    Example{"99.203.0.113.7.1709633223.squirrel@example.org", "SquirrelMail", ""},
    Example{"20240305100703.Horde.AbCdEf-GhIjKl@mail.example", "Horde", ""},
    Example{"20120305100703.Horde.1a2b3c@example.org", "Horde", ""},
    Example{"1a2b3c4d5e6f7081@swift.generated", "Swift Mailer", ""},
    Example{"ffeeddccbbaa9988@swift.generated", "Swift Mailer", ""},
    Example{"20240305100703.12345-1-alice@example.org", "git send-email", ""},
    Example{"20240305100703.7-12-bob@example.net", "git send-email", ""},
    Example{"170963322325.1234.5678901234567890123@host", "Python", ""},
    Example{"150963322325.9.77@host", "Python", ""},
    Example{"1a.2b3c4d5e.29b5f6a7@aol.com", "AOL", ""},
    Example{"f0.1234567.2ab1c0de@aol.com", "AOL", ""},
    Example{"abcdefgh123.1709633223250@email.android.com", "Android Email", "on Android"},
    Example{"0m1n2o3p@email.android.com", "Android Email", "on Android"},
    Example{"123456-7890-cardhu_decombobulator_blackberry.rim.net-1-@bda123.bisx.prod.on.blackberry",
            "BlackBerry", "on BlackBerry"},
    Example{"9-8-cardhu_decombobulator_blackberry.rim.net-2-", "BlackBerry", "on BlackBerry"},
    Example{"abcDEF123_-456==@protonmail.com", "Proton Mail", ""},
    Example{"aB1cD2=@proton.me", "Proton Mail", ""},
    Example{"aB1cD2=@pm.me", "Proton Mail", ""},
    Example{"aB1cD2=@protonmail.ch", "Proton Mail", ""},
    Example{"NabcDEF--3-9@tutanota.com", "Tuta", ""},
    Example{"NabcDEF--7-9@tuta.com", "Tuta", ""},
    Example{"NabcDEF--7-9@tutanota.de", "Tuta", ""},
    Example{"0100018e0e14ba52-1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809-000000@email.amazonses.com", "Amazon SES",
            ""},
    Example{"0102018e0e14ba52-00000000-1111-2222-3333-444455556666-000000@eu-west-1.amazonses.com",
            "Amazon SES", ""},
    Example{"aBcDeFgHiJkLmNoPqRsTuV@geopod-ismtpd-12", "SendGrid", ""},
    Example{"aBcDeFgHiJkLmNoPqRsTuV@ismtpd0042p1lon1.sendgrid.net", "SendGrid", ""},
    Example{"1a2b3c4d5e6f.20240305100703.0a1b2c3d4e.5f6a7b8c@mail123.atl11.rsgsv.mcsv.net", "Mailchimp", ""},
    Example{"x.y@mail7.mcsv.net", "Mailchimp", ""},
    Example{"12345678.20240305100703.65e6eec7@mandrillapp.com", "Mandrill", ""},
    Example{"1.2.3@mandrillapp.com", "Mandrill", ""},
    Example{"Microsoft Windows Live Mail|5D1B7F0E6C6E4F46A1B2C3D4E5F60718@alicepc", "Windows Live Mail",
            "on Windows"},
    Example{"Microsoft Windows Mail|00112233445566778899AABBCCDDEEFF@pc", "Windows Mail", "on Windows"},
    Example{"Apple Mail|1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809@example.org", "Apple Mail", "on macOS"},
    Example{"K-9 Mail|1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809@example.org", "K-9 Mail", "on Android"},
    Example{"Airmail|1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809@Spark.example", "Airmail", ""},
    Example{"Thunderbird|1d2f6320-dad8-41ee-a506-0242ac120002@example.org", "Thunderbird", ""},
    Example{"Betterbird|1d2f6320-dad8-41ee-a506-0242ac120002@example.org", "Betterbird", ""},
    Example{"Mozilla Gecko/20020204|3C8498C7.1020708@example.org", "Mozilla", "20020204"},
    Example{"Netscape 7|3C8498C7.5B8A1B2C@example.org", "Netscape", "7"},
    Example{"SeaMonkey|4C8498C7.1020708@example.org", "SeaMonkey", ""},
    Example{"Icedove|4C8498C7.1020708@example.org", "Icedove", ""},
    Example{"Postbox|4C8498C7.1020708@example.org", "Postbox", ""},
    Example{"Mutt 2.2.9|ZebuxwgJCgsMDQ4P@shell.example", "Mutt", "2.2.9"},
    Example{"NeoMutt|20240305100703.abc3d6k2fqzexyzw@shell.example", "NeoMutt", ""},
    Example{"KMail|2345678.abcDEFghij@laptop", "KMail", ""},
    Example{"Claws Mail|20240305100703.5f1a2b3c@example.org", "Claws Mail", ""},
    Example{"Sylpheed|20020305100703.5f1a2b3c.alice@example.org", "Sylpheed", ""},
    Example{"Foxmail|2024030510070312345678@example.com", "Foxmail", "on Windows"},
    Example{"Roundcube|1a2b3c4d5e6f708192a3b4c5d6e7f809@example.org", "Roundcube", ""},
    Example{"PHPMailer|1a2b3c4d5e6f708192a3b4c5d6e7f809@example.org", "PHPMailer", ""},
    Example{"PHPMailer|AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG@example.org", "PHPMailer", ""},
    Example{"exmh|13258.1030015585@host.example", "exmh", ""},
    Example{"nmh|13258.1030015585@host.example", "nmh", ""},
    Example{"MH-E|13258.1030015585@host.example", "MH-E", ""},
};

constexpr std::array kBoundaries{
    Example{"----=_NextPart_000_00AB_01DA6EE4.DEECA320", "Outlook", "on Windows"},
    Example{"----=_NextPart_001_0007_01C1C42D.7F377D80", "Outlook", "on Windows"},
    Example{"----_=_NextPart_001_01C1C42D.7F377D80", "Exchange", ""},
    Example{"_004_1A2B3C4D5E6F708192A3EXCH01example_", "Exchange", ""},
    Example{"_000_AM0PR0402MB1234AM0PR0402MB1234eurp_", "Exchange", ""},
    Example{"_000_AM0PR0402MB1234eurprd04prodoutlookcom_", "Microsoft 365 or Outlook.com", ""},
    Example{"_002_DB7P191MB0123EURP191prodoutlookcom_", "Microsoft 365 or Outlook.com", ""},
    Example{"000000000000f7d0cb0612e700ab", "Gmail", ""},
    Example{"000000000000b6809105a0ae7be4", "Gmail", ""},
    Example{"Apple-Mail=_1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809", "Apple Mail", ""},
    Example{"Apple-Mail-3-123456789", "Apple Mail", ""},
    Example{"------=_MB1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809", "eM Client", ""},
    Example{"------=_MB00000000-1111-4222-8333-444455556666", "eM Client", ""},
    Example{"nextPart1234567.abcDEFghij", "KMail", ""},
    Example{"Boundary-00=_AbCdEfGhIjKl", "KMail", ""},
    Example{"8323328-1234567890-1015322823=:12345", "Alpine", ""},
    Example{"0-12345-1709633223=:7", "Alpine", ""},
    Example{"=-=-=", "Gnus", ""},
    Example{"==-=-=", "Gnus", ""},
    Example{"=====================_12345678==_", "Eudora", ""},
    Example{"=====================_12345678==_.ALT", "Eudora", ""},
    Example{"MP_/AbCdEf.GhIjKl", "Claws Mail", ""},
    Example{"Sig_/AbCdEf=GhIjKl", "Claws Mail", ""},
    Example{"Multipart=_Tue__5_Mar_2002_10_07_03_+0000_abc", "Sylpheed", ""},
    Example{"Multipart=_Wed__6_Mar_2024_10_07_03_+0000_xyz", "Sylpheed", ""},
    Example{"----=_20020305100703_12345", "SquirrelMail", ""},
    Example{"----=_20240305100703_99", "SquirrelMail", ""},
    Example{"=_alternative 003793D585258AD7_=", "Notes", ""},
    Example{"=_mixed 003793D5C1258AD7_=", "Notes", ""},
    Example{"----=_001_NextPart123456789012_=----", "Foxmail", "on Windows"},
    Example{"=====001_Dragon123456789012_=====", "Foxmail", "on Windows"},
    Example{"--_com.samsung.android.email_123456789012345", "Samsung Email", "on Android"},
    Example{"--_com.samsung.android.email_1", "Samsung Email", "on Android"},
    Example{"--_com.android.email_1234567890", "Android Email", "on Android"},
    Example{"------_65E6EEC7000000001A2B_MULTIPART_MIXED_", "Becky!", "on Windows"},
    Example{"b1_1a2b3c4d5e6f708192a3b4c5d6e7f809", "PHPMailer", ""},
    Example{"b1=_AbCdEfGhIj", "PHPMailer", ""},
    Example{"_=_swift_v4_1709633223_1a2b3c4d_=_", "Swift Mailer", ""},
    Example{"_=_swift-123456789012ab.cd_=_", "Swift Mailer", ""},
    Example{"--_NmP-1a2b3c4d5e6f7081-Part_1", "Nodemailer", ""},
    Example{"--_NmP-ffeeddccbbaa9988-Part_2", "Nodemailer", ""},
    Example{"_----------=_MCPart_1234567890", "Mailchimp", ""},
    Example{"_----------=_17096332231234567", "MIME::Lite", ""},
    Example{"_----------=_10153228239999", "MIME::Lite", ""},
    Example{"--==_mimepart_65e6eec7abcde_1a2b3c", "Ruby", ""},
    Example{"--==_mimepart_4c2a1b2c0_12", "Ruby", ""},
    Example{"------------2.43.0", "git send-email", ""},
    Example{"------------1.7.0.4", "git send-email", ""},
    Example{"_===12345678====mail.example===_", "CommuniGate Pro", ""},
    Example{"===============1234567890123456789==", "Python", ""},
    Example{"Gmail|001a113f2c3a5d6e7f0512ab34cd", "-", ""},
    Example{"Thunderbird|------------030502010101020304050607", "Thunderbird", ""},
    Example{"Thunderbird|------------AbCdEfGhIjKlMnOpQrStUvWx", "Thunderbird", ""},
    Example{"Mozilla Gecko/20020204|------------030502010101020304050607", "Mozilla", "20020204"},
    Example{"Netscape 7|------------030502010101020304050607", "Netscape", "7"},
    Example{"SeaMonkey|------------030502010101020304050607", "SeaMonkey", ""},
    Example{"Betterbird|------------AbCdEfGhIjKlMnOpQrStUvWx", "Betterbird", ""},
    Example{"Icedove|------------030502010101020304050607", "Icedove", ""},
    Example{"Postbox|------------030502010101020304050607", "Postbox", ""},
    Example{"Evolution|=-AbCdEf123+/GhIjKlMnOp", "Evolution", ""},
    Example{"The Bat!|----------1A2B3C4D5E6F708", "The Bat!", "on Windows"},
    Example{"Opera Mail|----------AbCdEfGhIjKlMnOpQrStUv", "Opera Mail", ""},
    Example{"Sylpheed|Multipart_Tue__5_Mar_2002_10:07:03", "Sylpheed", ""},
    Example{"Roundcube|=_1a2b3c4d5e6f708192a3b4c5d6e7f809", "Roundcube", ""},
    Example{"Horde Application Framework|=_AbCdEfGhIjKlMnOpQrStUvWx", "Horde", ""},
    Example{"Zimbra|----=_Part_7_123456.1709633223250", "Zimbra", ""},
    Example{"YahooMail|----=_Part_7_123456.1709633223250", "Yahoo Mail", ""},
    Example{"Open-Xchange Mailer|----=_Part_7_123456.1709633223250", "Open-Xchange", ""},
    Example{"K-9 Mail|----ABCDEFGHIJ1234567890KLMNOPQRST", "K-9 Mail", "on Android"},
};

void check_shape(const Example& example, std::string_view basis) {
  const auto bar = example.written.find('|');
  const bool has_name = bar != std::string_view::npos;
  const auto written = has_name ? example.written.substr(bar + 1) : example.written;
  std::string section;
  if (has_name) section += "User-Agent: " + std::string{example.written.substr(0, bar)} + "\r\n";
  if (basis == "boundary")
    section += "Content-Type: multipart/mixed;\r\n boundary=\"" + std::string{written} + "\"\r\n";
  const auto reading = reading_of(section, basis == "boundary" ? std::string_view{} : written);
  std::string wanted{example.program};
  if (!example.rest.empty()) wanted += ' ' + std::string{example.rest};
  if (example.program != "-") wanted += (has_name ? " (user-agent) (" : " (") + std::string{basis} + ')';
  auto got = client_text(reading.client);
  EXPECT_EQ(got, wanted) << example.written;
  EXPECT_FALSE(reading.mismatch) << example.written;
}

TEST(ClientShape, OfAMessageIdIsKnown) {
  for (const auto& example : kMessageIds) check_shape(example, "message-id");
}

TEST(ClientShape, OfABoundaryIsKnown) {
  for (const auto& example : kBoundaries) check_shape(example, "boundary");
}

TEST(ClientShape, ThatManyProgramsMakeNamesNone) {
  for (const std::string_view id :
       {"1d2f6320-dad8-41ee-a506-0242ac120002@example.org",
        "1A2B3C4D-5E6F-4081-92A3-B4C5D6E7F809@example.org", "1a2b3c4d5e6f708192a3b4c5d6e7f809@example.org",
        "E1rhRhP-0001Ab-2C@mx.example", "20240305100703.1A2B3C4D5E@mx.example",
        "200203051007.g25A73x12345@mx.example", "anything@example.org"}) {
    EXPECT_EQ(client_text(reading_of("", id).client), "-") << id;
  }
}

// --- several bases
// --------------------------------------------------------------------------------------------

TEST(ClientBases, AddUp) {
  const auto reading = reading_of(
      "User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:115.0) Gecko/20100101 Thunderbird/115.6.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"------------AbCdEfGhIjKlMnOpQrStUvWx\"\r\n",
      "1d2f6320-dad8-41ee-a506-0242ac120002@example.org");
  EXPECT_EQ(client_text(reading.client),
            "Thunderbird 115.6.0 on Windows (user-agent) (message-id) (boundary)");
  EXPECT_FALSE(reading.mismatch);
}

TEST(ClientBases, OfOneFamilyGoTogether) {
  const auto reading = reading_of(
      "X-Mailer: Microsoft Outlook 16.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"_000_AM0PR0402MB1234eurprd04prodoutlookcom_\"\r\n",
      "000701c1c42d$7f377d80$0100a8c0@pc");
  EXPECT_EQ(client_text(reading.client), "Outlook 16.0 on Windows (x-mailer) (message-id) (boundary)");
  EXPECT_FALSE(reading.mismatch);
}

TEST(ClientBases, OfTwoProgramsAreAFinding) {
  const auto reading =
      reading_of("X-Mailer: The Bat! (v1.53d)\r\n", "Pine.LNX.4.44.0203051007030.1-100000@a.example");
  EXPECT_EQ(client_text(reading.client), "The Bat! 1.53d on Windows (x-mailer)");
  ASSERT_TRUE(reading.mismatch);
  EXPECT_EQ(reading.mismatch->code, "CLIENT_MISMATCH");
  EXPECT_EQ(reading.mismatch->detail,
            "The X-Mailer field is that of The Bat!, the form of the Message-ID that of Pine. Either one of "
            "them was "
            "not written by the program that it points to, or the message went through a second program.");
  EXPECT_TRUE(reading_of("User-Agent: Mutt/2.2.9\r\nX-Mailer: KMail/5.24\r\n").mismatch);
  EXPECT_TRUE(
      reading_of("Content-Type: multipart/mixed; boundary=\"=-=-=\"\r\n", "x.y@mail.gmail.com").mismatch);
}

TEST(ClientBases, OfServersContradictNobody) {
  for (const std::string_view id :
       {"DB7P191MB0123@DB7P191MB0123.EURP191.PROD.OUTLOOK.COM",
        "0100018e0e14ba52-1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809-000000@email.amazonses.com"}) {
    const auto reading = reading_of("User-Agent: Mutt/2.2.9\r\n", id);
    EXPECT_EQ(client_text(reading.client), "Mutt 2.2.9 (user-agent)") << id;
    EXPECT_FALSE(reading.mismatch);
  }
  const auto wrapped =
      reading_of("Content-Type: multipart/mixed; boundary=\"===============1234567890==\"\r\n",
                 "20020305100703.GA1234@shell.example");
  EXPECT_EQ(client_text(wrapped.client), "Mutt (message-id)") << "a list wrapped what mutt wrote";
  EXPECT_FALSE(wrapped.mismatch);
}

TEST(ClientBases, AreReadInBoundedTime) {
  const std::string longest(200'000, 'M');
  const auto reading =
      reading_of("X-Mailer: " + longest + "\r\nContent-Type: x; boundary=\"" + longest + "\"\r\n", longest);
  EXPECT_EQ(client_text(reading.client), "-");
}

TEST(ClientTables, HaveTwoExamplesOfEveryProgram) {
  std::map<std::string_view, int> examples;
  for (const auto& example : kNames) ++examples[example.program];
  for (const auto& example : kMessageIds) ++examples[example.program];
  for (const auto& example : kBoundaries) ++examples[example.program];
  for (const auto marks : {name_marks(), message_id_marks(), boundary_marks()}) {
    for (const auto& mark : marks) EXPECT_GE(examples[mark.program], 2) << mark.program;
  }
}

}  // namespace
}  // namespace mailspoor::index
