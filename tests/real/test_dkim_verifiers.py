"""Our signatures, verified by the programs that receivers run: Mail::DKIM, as SpamAssassin does, and OpenDKIM.

Both, as Debian has them, know RSA alone, so they show too that the second signature is in nobody's way; dkimpy verifies
that one (``tests.mail.test_signing``).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mail.test_signing import KEYS, copies

#: What Perl says of each mail: the result of each of its signatures.
PERL = """
use strict; use warnings;
use Mail::DKIM 1.20230212;
use Mail::DKIM::Verifier;
my %records;
open my $known, '<', shift or die; while (<$known>) { chomp; my ($name, $text) = split /\\t/; $records{$name} = $text }
{ no warnings 'redefine';
  *Mail::DKIM::DNS::query = sub {
    my ($name) = @_;
    return unless exists $records{$name};
    return bless { name => $name, text => $records{$name} }, 'Found';
  } }
package Found;
sub type { 'TXT' } sub txtdata { $_[0]{text} } sub char_str_list { $_[0]{text} }
package main;
for my $path (@ARGV) {
  my $verifier = Mail::DKIM::Verifier->new();
  open my $mail, '<:raw', $path or die; local $/ = undef; $verifier->PRINT(scalar <$mail>); $verifier->CLOSE;
  print join(' ', map { $_->algorithm . '=' . $_->result } $verifier->signatures), "\\n";
}
"""


def written(folder: Path, number: int) -> list[Path]:
    paths = []
    for at, content in enumerate(copies(number)):
        paths.append(folder / f"{at}.eml")
        paths[-1].write_bytes(content)
    return paths


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def test_mail_dkim_takes_the_signature_by_rsa_of_ten_thousand_copies(tmp_path: Path) -> None:
    if subprocess.run(["perl", "-MMail::DKIM", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("libmail-dkim-perl is not installed")
    records = tmp_path / "records"
    records.write_text("".join(f"{key.record().name}\t{key.record().text}\n" for key in KEYS))
    (tmp_path / "verify.pl").write_text(PERL)
    mails = written(tmp_path, 10_000)
    lines = []
    for at in range(0, len(mails), 500):
        some = map(str, mails[at : at + 500])
        lines += said("perl", str(tmp_path / "verify.pl"), str(records), *some).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["rsa-sha256=pass"] * len(mails)
    mails[0].write_bytes(mails[0].read_bytes() + b"more\r\n")
    assert "pass" not in said("perl", str(tmp_path / "verify.pl"), str(records), str(mails[0]))


def test_opendkim_takes_the_signature_by_rsa_of_ten_thousand_copies(tmp_path: Path) -> None:
    opendkim = shutil.which("opendkim", path="/usr/sbin:/usr/bin")
    if opendkim is None:
        pytest.skip("opendkim is not installed")
    rsa = KEYS[0].record()
    (tmp_path / "names").write_text(f"{rsa.name} {rsa.text}\n")
    (tmp_path / "opendkim.conf").write_text(f"TestDNSData file:{tmp_path}/names\nMode v\nSyslog no\n")
    mails = written(tmp_path, 10_000)
    told = ""
    for at in range(0, len(mails), 200):
        some = ",".join(map(str, mails[at : at + 200]))
        told += said(opendkim, "-x", str(tmp_path / "opendkim.conf"), "-t", some, "-v", "-v")
    assert len(re.findall("verification .*succeeded", told)) == len(mails)
