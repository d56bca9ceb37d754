using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CompatBot.Core.Store;
using CompatBot.Gateway.Moving;

namespace CompatBot.Gateway.Admin;

/// <summary>What one run of a verb sees: the parsed line, the typist's secrets, and the store.</summary>
internal sealed class VerbContext(
    ParseResult parse, VerbCall call, Composition? composition, Func<string, CancellationToken, ValueTask> tell, TimeProvider time)
{
    public Composition Composition => composition ?? throw new InvalidOperationException("This verb runs without a store");

    public VerbCall Call { get; } = call;

    public TimeProvider Time { get; } = time;

    public string? Input => Call.Input;

    public string? Bulk => Call.Bulk;

    /// <summary>24 words or an app password; empty lines and spaces around it do not count.</summary>
    public string? Unlock => Call.Unlock?.Trim();

    private bool Json => parse.GetValue(CommonOptions.Json);

    /// <summary>For verbs that take long: a line on the typist's terminal.</summary>
    public MoveProgress Progress { get; } = new(tell, time);

    /// <summary>A path as the typist meant it.</summary>
    public string PathOf(Argument<string> argument) => PathOf(Get(argument));

    public string PathOf(string path) => Path.GetFullPath(path, Call.Folder ?? Environment.CurrentDirectory);

    public T Get<T>(Option<T> option) => parse.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => parse.GetValue(argument)!;

    /// <summary>A result: as JSON or as text, as the typist asked.</summary>
    public VerbAnswer Done<T>(T result, JsonTypeInfo<T> shape, string text, ExitCode code = ExitCode.Done) =>
        new((int)code, Json ? JsonSerializer.Serialize(result, shape) + "\n" : Ended(text), "");

    public VerbAnswer Declined(Refusal refusal, string subject) =>
        Failed(RefusalWords.Code(refusal), RefusalWords.Text(refusal, subject));

    public VerbAnswer Failed(ExitCode code, string message) => Failed(Json, code, message);

    public static VerbAnswer Failed(bool json, ExitCode code, string message)
    {
        var text = json
            ? JsonSerializer.Serialize(new ErrorReport(code.ToString(), message), AdminJson.Default.ErrorReport)
            : $"compatbot: {message}";
        return new VerbAnswer((int)code, "", text + "\n");
    }

    private static string Ended(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";
}
