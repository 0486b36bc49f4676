#!/usr/bin/perl
# What SpamAssassin reads of the Received fields of the messages whose paths come on standard input: a JSON line a message,
# {"path", "relays": [{"ip", "by", "id"}]}, newest first. It leaves out fields that it does not know.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

my $nothing = "/dev/null";
my $reader = Mail::SpamAssassin->new({dont_copy_prefs => 1, local_tests_only => 1, rules_filename => $nothing,
                                      site_rules_filename => $nothing, userprefs_filename => $nothing});
$reader->init(0);
my $json = JSON::PP->new->canonical->ascii;
while (my $path = <STDIN>) {
  chomp $path;
  open(my $file, "<", $path) or die "$path: $!";
  my $message = $reader->parse($file, 0);
  close $file;
  my $status = Mail::SpamAssassin::PerMsgStatus->new($reader, $message);
  $message->extract_message_metadata($status);
  my $metadata = $message->{metadata};
  my @relays = map { my $relay = $_; +{map { $_ => $relay->{$_} } grep { defined $relay->{$_} } qw(ip by id)} }
    @{$metadata->{relays_trusted}}, @{$metadata->{relays_untrusted}};
  print $json->encode({path => $path, relays => \@relays}), "\n";
  $status->finish;
  $message->finish;
}
