using CompatBot.Core.Identity;
using CompatBot.Protocols.Sieve.Language.Tests;

namespace CompatBot.Protocols.Sieve.Language.Commands;

/// <summary>"vacation" (RFC 5230; ":seconds": RFC 6131).</summary>
internal static class VacationCommand
{
    private const long DaysUsual = 7;
    private const long DaysMax = 90;
    private const long DaySeconds = 86_400;

    public static SieveStep Compile(SieveArguments arguments)
    {
        var days = arguments.TaggedNumber("days");
        var seconds = arguments.TaggedNumber("seconds", "vacation-seconds");
        if (days is not null && seconds is not null) throw arguments.Wrong("\":days\" and \":seconds\" exclude each other");
        var subject = arguments.TaggedText("subject");
        var from = arguments.TaggedText("from");
        var addresses = arguments.TaggedTexts("addresses") ?? [];
        var isMime = arguments.Flag("mime");
        var handle = arguments.TaggedText("handle");
        var reason = arguments.Text("the reason");
        arguments.End();
        if (from?.Constant is { } sender && !IsAddress(sender)) throw arguments.Wrong($"\"{sender}\" is no address");
        var period = TimeSpan.FromSeconds(seconds is { } exactly
            ? Math.Min(exactly, DaysMax * DaySeconds)
            : Math.Clamp(days ?? DaysUsual, 1, DaysMax) * DaySeconds);
        return run =>
        {
            if (run.Vacation is not null) throw new SieveRunException("vacation twice");
            var (words, title, author) = (reason.Get(run), subject?.Get(run), from?.Get(run));
            if (author is not null && !IsAddress(author)) author = null;

            // Without a handle an answer is the same as long as it says the same (section 4.2).
            var name = handle?.Get(run) ?? $"{words}\0{title}\0{author}\0{isMime}";
            run.Vacation = new SieveVacation(period, title, author, [.. addresses.Select(one => one.Get(run))], isMime, name, words);
            return SieveFlow.Next;
        };
    }

    /// <summary>One mailbox, as a From field has it.</summary>
    private static bool IsAddress(string text) =>
        AddressTest.Addresses(text).ToArray() is [var only] && Address.Parse(only) is not null;
}
