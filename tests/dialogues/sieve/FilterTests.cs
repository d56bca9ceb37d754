using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.DialogueTests.Sieve;

/// <summary>What a script does to mail that arrives: stored where it says, once, with flags; sent on; answered.</summary>
public sealed class FilterTests
{
    private const string Mail =
        "From: Bob <bob@example.org>\nTo: ann@mail.test\nSubject: Hello there\nMessage-ID: <1@example.org>\n\nbody\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_goes_where_the_script_says_with_flags_and_the_same_octets()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["fileinto", "imap4flags", "mailbox", "envelope", "copy"];
            if envelope "from" "bob@example.org" {
                fileinto :create :flags ["\\Seen", "$work"] "Work/Bob";
                fileinto "No such";
            } else { keep :flags "\\Flagged"; }
            """);
        await bed.DeliverAsync(Mail);
        await bed.DeliverAsync(Mail, from: "eve@example.org");
        var text = Mail.ReplaceLineEndings("\r\n");
        Assert.Equal([$"1 Seen,$work {text}"], await bed.MailboxAsync("Work/Bob"));

        // A mailbox that is not there, and is not to be made, is INBOX.
        Assert.Equal([$"1 None {text}", $"2 Flagged {text}"], await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task What_waits_for_a_closed_account_is_filtered_when_it_opens()
    {
        await using var bed = await FilterBed.MakeAsync("""require "fileinto"; fileinto "Archive"; """);
        await bed.Bed.CloseAccountAsync();
        await bed.DeliverAsync(Mail);
        await bed.DeliverAsync(Mail);
        Assert.Equal(2, (await bed.MailboxAsync("Archive")).Count);
        Assert.Empty(await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task Without_anybody_who_can_ask_the_script_mail_waits()
    {
        await using var bed = await FilterBed.MakeAsync("""require "fileinto"; fileinto "Archive"; """);
        await bed.Bed.CloseAccountAsync();
        var filter = bed.Bed.Filter;
        bed.Bed.Filter = null;
        await bed.DeliverAsync(Mail);
        Assert.Empty(await bed.MailboxAsync("INBOX"));
        Assert.Empty(await bed.MailboxAsync("Archive"));
        await bed.Bed.CloseAccountAsync();
        bed.Bed.Filter = filter;
        Assert.Single(await bed.MailboxAsync("Archive"));
    }

    [Fact]
    public async Task Discarded_mail_is_nowhere_and_a_broken_run_keeps_it()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["reject", "fileinto"];
            if header :contains "subject" "spam" { discard; }
            elsif header :contains "subject" "oops" { fileinto "Archive"; reject "both"; }
            """);
        await bed.DeliverAsync("Subject: spam\n\n.");
        Assert.Empty(await bed.MailboxAsync("INBOX"));
        await bed.DeliverAsync("Subject: oops\n\n.");
        Assert.Equal(["1 None Subject: oops\r\n\r\n."], await bed.MailboxAsync("INBOX"));
        Assert.Empty(await bed.MailboxAsync("Archive"));
        Assert.Empty(bed.Sent.Mails);
    }

    [Fact]
    public async Task An_edited_header_is_stored_before_the_untouched_body()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["editheader", "fileinto", "copy"];
            fileinto :copy "Archive";
            deleteheader "Message-ID";
            addheader "X-Filed" "Grüße";
            """);
        await bed.DeliverAsync(Mail);
        Assert.Equal([$"1 None {Mail.ReplaceLineEndings("\r\n")}"], await bed.MailboxAsync("Archive"));
        Assert.Equal(
            [
                "1 None X-Filed: =?utf-8?b?R3LDvMOfZQ==?=\r\nFrom: Bob <bob@example.org>\r\nTo: ann@mail.test\r\n"
                    + "Subject: Hello there\r\n\r\nbody\r\n",
            ],
            await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task A_large_message_keeps_every_octet()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["editheader", "fileinto"]; addheader "X-Big" "yes"; if size :over 3M { fileinto "Archive"; }
            """);
        var body = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:D8}\n"));
        await bed.DeliverAsync($"Subject: big\n\n{body}");
        var stored = Assert.Single(await bed.FilledAsync("Archive"));
        Assert.Equal($"1 None X-Big: yes\r\nSubject: big\r\n\r\n{body.ReplaceLineEndings("\r\n")}", stored);
    }

    [Fact]
    public async Task A_message_that_is_damaged_while_it_waits_is_told_of_in_INBOX()
    {
        await using var bed = await FilterBed.MakeAsync("""redirect "other@elsewhere.example"; """);
        await bed.Bed.CloseAccountAsync();
        await bed.DeliverAsync($"Subject: big\n\n{new string('x', 3_000_000)}\n");
        await bed.Bed.LoseContentAsync();
        Assert.Contains("Subject: A message could not be opened", Assert.Single(await bed.FilledAsync("INBOX")), StringComparison.Ordinal);
        Assert.Empty(bed.Sent.Mails);
    }

    [Fact]
    public async Task Redirected_mail_is_sent_by_the_owner_marked_and_never_in_a_circle()
    {
        await using var bed = await FilterBed.MakeAsync("""redirect "other@elsewhere.example"; """);
        await bed.DeliverAsync("Return-Path: <bob@example.org>\n" + Mail);
        Assert.Empty(await bed.MailboxAsync("INBOX"));
        var (sender, recipient, text) = Assert.Single(bed.Sent.Mails);
        Assert.Equal(("ann@mail.test", "other@elsewhere.example"), (sender, recipient));
        Assert.Equal("X-Sieve-Redirected-From: ann@mail.test\r\n" + Mail.ReplaceLineEndings("\r\n"), text);

        // It comes back: it stays.
        await bed.DeliverAsync(text);
        Assert.Single(bed.Sent.Mails);
        Assert.Single(await bed.MailboxAsync("INBOX"));

        // A notice is sent on as a notice.
        await bed.DeliverAsync(Mail, from: "");
        Assert.Equal("", bed.Sent.Mails[1].Sender);
    }

    [Fact]
    public async Task Mail_that_can_not_be_sent_on_now_waits_and_that_never_can_stays()
    {
        await using var bed = await FilterBed.MakeAsync("""redirect "other@elsewhere.example"; """);
        bed.Sent.Answer = Refusal.NotFound;
        await bed.DeliverAsync(Mail);
        Assert.Single(await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task Vacation_answers_each_sender_once_in_a_while()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require "vacation"; vacation :days 3 "Ich bin für eine Weile weg.";
            """);
        await bed.DeliverAsync(Mail);
        await bed.DeliverAsync(Mail);
        var (sender, recipient, text) = Assert.Single(bed.Sent.Mails);
        Assert.Equal(("", "bob@example.org"), (sender, recipient));
        Assert.Contains("From: <ann@mail.test>\r\nTo: <bob@example.org>\r\nSubject: Auto: Hello there\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-replied\r\n", text, StringComparison.Ordinal);
        Assert.Contains("In-Reply-To: <1@example.org>\r\nReferences: <1@example.org>\r\n", text, StringComparison.Ordinal);
        await bed.DeliverAsync(Mail, from: "carl@example.org");
        Assert.Equal(2, bed.Sent.Mails.Count);

        // It is remembered when the account was closed and opened, and forgotten in time.
        await bed.Bed.CloseAccountAsync();
        await bed.DeliverAsync(Mail);
        Assert.Equal(4, (await bed.MailboxAsync("INBOX")).Count);
        Assert.Equal(2, bed.Sent.Mails.Count);
        bed.Bed.Time.Advance(TimeSpan.FromDays(4));
        await bed.DeliverAsync(Mail);
        Assert.Equal(5, (await bed.MailboxAsync("INBOX")).Count);
        Assert.Equal(3, bed.Sent.Mails.Count);
    }

    [Fact]
    public async Task The_name_in_an_answer_is_encoded()
    {
        await using var bed = await FilterBed.MakeAsync("""require "vacation"; vacation :from "Änne <ann@mail.test>" "away"; """);
        await bed.DeliverAsync(Mail);
        Assert.StartsWith("From: =?utf-8?b?w4RubmU=?= <ann@mail.test>\r\n", Assert.Single(bed.Sent.Mails).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "To: ann@mail.test\n")]
    [InlineData("mailer-daemon@example.org", "To: ann@mail.test\n")]
    [InlineData("owner-list@example.org", "To: ann@mail.test\n")]
    [InlineData("list-request@example.org", "To: ann@mail.test\n")]
    [InlineData("bob@example.org", "To: somebody@else.example\n")]
    [InlineData("bob@example.org", "To: ann@mail.test\nList-Id: <l.example>\n")]
    [InlineData("bob@example.org", "To: ann@mail.test\nPrecedence: bulk\n")]
    [InlineData("bob@example.org", "To: ann@mail.test\nAuto-Submitted: auto-replied\n")]
    [InlineData("ann@mail.test", "To: ann@mail.test\n")]
    public async Task Vacation_does_not_answer_machines_lists_and_what_was_not_for_the_owner(string from, string header)
    {
        await using var bed = await FilterBed.MakeAsync("""require "vacation"; vacation "away"; """);
        await bed.DeliverAsync(header + "Subject: x\n\n.", from);
        Assert.Single(await bed.MailboxAsync("INBOX"));
        Assert.Empty(bed.Sent.Mails);
    }

    [Fact]
    public async Task Reject_tells_the_sender_why_but_never_answers_a_notice()
    {
        await using var bed = await FilterBed.MakeAsync("""require "reject"; reject "Not today"; """);
        await bed.DeliverAsync(Mail);
        await bed.DeliverAsync(Mail, from: "");
        Assert.Empty(await bed.MailboxAsync("INBOX"));
        var (sender, recipient, text) = Assert.Single(bed.Sent.Mails);
        Assert.Equal(("", "bob@example.org"), (sender, recipient));
        Assert.Contains("Not today", text, StringComparison.Ordinal);
        Assert.Contains("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplicates_are_known_by_what_was_seen_before_and_beside()
    {
        await using var bed = await FilterBed.MakeAsync("""require "duplicate"; if duplicate { discard; } """);
        await bed.Bed.CloseAccountAsync();
        await bed.DeliverAsync(Mail);
        await bed.DeliverAsync(Mail); // In one slice with the first.
        await bed.DeliverAsync(Mail.Replace("<1@", "<2@", StringComparison.Ordinal));
        Assert.Equal(2, (await bed.MailboxAsync("INBOX")).Count);
        await bed.DeliverAsync(Mail);
        Assert.Equal(2, (await bed.MailboxAsync("INBOX")).Count);
        bed.Bed.Time.Advance(TimeSpan.FromDays(8));
        await bed.DeliverAsync(Mail);
        Assert.Equal(3, (await bed.MailboxAsync("INBOX")).Count);
    }

    [Fact]
    public async Task Notify_tells_another_address()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["enotify", "variables"];
            if header :matches "subject" "*" { notify :importance "1" :message "Got ${1}" "mailto:pager@elsewhere.example?X-Note=hi"; }
            """);
        await bed.DeliverAsync(Mail);
        var (sender, recipient, text) = Assert.Single(bed.Sent.Mails);
        Assert.Equal(("", "pager@elsewhere.example"), (sender, recipient));
        Assert.Contains("Subject: Got Hello there\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-notified; owner-email=\"ann@mail.test\"\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Importance: high\r\n", text, StringComparison.Ordinal);
        Assert.Contains("X-Note: hi\r\n", text, StringComparison.Ordinal);
        Assert.Single(await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task Scripts_include_each_other_and_an_endless_circle_keeps_the_mail()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["include", "fileinto", "variables"];
            global "target";
            include "second";
            fileinto "${target}";
            """);
        await using (var session = await bed.Bed.OpenAsync())
        {
            await session.Mail!.Filters.PutAsync("second", """
                require ["include", "variables"]; global "target"; set "target" "Archive"; return; set "target" "Junk";
                """, Cancellation);
        }

        await bed.DeliverAsync(Mail);
        Assert.Single(await bed.MailboxAsync("Archive"));
        await using (var session = await bed.Bed.OpenAsync())
        {
            await session.Mail!.Filters.PutAsync("second", """require "include"; include "second"; """, Cancellation);
        }

        await bed.DeliverAsync(Mail);
        Assert.Single(await bed.MailboxAsync("INBOX"));
    }

    [Fact]
    public async Task Special_use_and_mailboxes_that_exist()
    {
        await using var bed = await FilterBed.MakeAsync("""
            require ["special-use", "mailbox", "fileinto"];
            if allof (specialuse_exists "\\Junk", mailboxexists "inbox", not mailboxexists "nope") {
                fileinto :specialuse "\\Junk" "Spam";
            }
            """);
        await bed.DeliverAsync(Mail);
        Assert.Single(await bed.MailboxAsync("Junk"));
    }

    [Fact]
    public async Task Scripts_and_what_they_remember_survive_the_loss_of_all_caches()
    {
        await using var bed = await FilterBed.MakeAsync("""require "duplicate"; if duplicate { discard; } """);
        await bed.DeliverAsync(Mail);
        await bed.Bed.CloseAccountAsync();
        Assert.Equal(Refusal.None, await bed.Bed.Disk.Snapshots.ClearAsync(bed.Bed.Account.Id, Cancellation));
        await bed.DeliverAsync(Mail);
        Assert.Single(await bed.MailboxAsync("INBOX"));
        await using var session = await bed.Bed.OpenAsync();
        Assert.Equal("main", session.Mail!.Filters.State.Active);
    }

    [Theory]
    [InlineData("""require "regex"; if header :regex "subject" "((a*)*)*b" { discard; }""")]
    [InlineData("""if header :matches "subject" "*a*a*a*a*a*a*a*a*a*a*a*a*b" { discard; }""")]
    [InlineData("""require ["variables","body"]; set "x" "aaaaaaaaaaaaaaaaaaaaaa"; if body :contains ["${x}b${x}"] { discard; }""")]
    public async Task No_script_takes_for_ever(string script)
    {
        await using var bed = await FilterBed.MakeAsync(script);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await bed.DeliverAsync($"Subject: {new string('a', 60_000)}\n\n{new string('a', 500_000)}\n");
        Assert.Single(await bed.MailboxAsync("INBOX"));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
