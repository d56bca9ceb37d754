using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompatBot.Protocols.Smtp.Filters;

/// <summary>rspamd's worker, asked over HTTP (rspamd's protocol, /checkv2): what it scores as junk is marked, refused or put off.</summary>
/// <param name="server">Its URL: http://127.0.0.1:11333 by default.</param>
public sealed class RspamdFilter(Uri server, TimeSpan timeout) : IContentFilter, IDisposable
{
    /// <summary>Longest answer, in bytes.</summary>
    private const int AnswerBytesMax = 1 << 20;

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = server,
        Timeout = timeout,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    public IReadOnlyList<string> OwnFields { get; } = ["x-spam-status", "x-spam-score", "x-spam-flag", "x-spam-level"];

    public IContentScan Begin(ContentSubject subject)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/checkv2");
        if (!subject.Client.Equals(IPAddress.None)) Add("IP", subject.Client.ToString());
        Add("Helo", subject.Helo);
        Add("From", subject.Sender);
        foreach (var recipient in subject.Recipients) Add("Rcpt", recipient);
        return new Scan(_client, request);

        // Addresses outside of ASCII have no form in HTTP's fields.
        void Add(string name, string value)
        {
            if (value.Length > 0 && System.Text.Ascii.IsValid(value)) request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public void Dispose() => _client.Dispose();

    private static ContentVerdict Verdict(RspamdAnswer answer)
    {
        var (score, required) = (Number(answer.Score), Number(answer.RequiredScore ?? 0));
        var isSuspect = answer.Action is "add header" or "rewrite subject" or "quarantine";
        var fields = $"X-Spam-Status: {(isSuspect ? "Yes" : "No")}, score={score} required={required}\r\nX-Spam-Score: {score}\r\n"
            + (isSuspect ? "X-Spam-Flag: YES\r\n" : "");
        var words = FilterText.Line(answer.Messages?.GetValueOrDefault("smtp_message") ?? "");
        return answer.Action switch
        {
            "reject" => new ContentVerdict(ContentAction.Reject, words.Length > 0 ? words : "Message looks like spam"),
            "soft reject" or "greylist" => new ContentVerdict(ContentAction.Defer, words.Length > 0 ? words : "Try again later"),
            _ => new ContentVerdict(isSuspect ? ContentAction.Suspect : ContentAction.Accept, "", fields),
        };

        static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
    }

    private sealed class Scan : IContentScan
    {
        private readonly Pipe _pipe = new();
        private readonly HttpRequestMessage _request;
        private readonly Task<HttpResponseMessage> _answer;

        public Scan(HttpClient client, HttpRequestMessage request)
        {
            _request = request;
            request.Content = new StreamContent(_pipe.Reader.AsStream());
            _answer = client.SendAsync(request);
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
        {
            if (_answer.IsCompleted) return; // It gave up, or has seen enough.
            var write = _pipe.Writer.WriteAsync(octets, cancellation).AsTask();
            await Task.WhenAny(write, _answer);
        }

        public async ValueTask<ContentVerdict> FinishAsync(CancellationToken cancellation)
        {
            await _pipe.Writer.CompleteAsync();
            try
            {
                using var answer = await _answer;
                answer.EnsureSuccessStatusCode();
                var text = await answer.Content.ReadAsByteArrayAsync(cancellation);
                return JsonSerializer.Deserialize(text, RspamdJson.Default.RspamdAnswer) is { Action: not null } read
                    ? Verdict(read)
                    : throw new ContentFilterException("rspamd");
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or JsonException)
            {
                throw new ContentFilterException("rspamd", error);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _pipe.Writer.CompleteAsync(new OperationCanceledException());
            _request.Dispose();
            _ = DropAsync();
        }

        private async Task DropAsync()
        {
            try
            {
                (await _answer).Dispose();
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                // Nobody waits for it any more.
            }
        }
    }
}

internal sealed record RspamdAnswer(
    [property: JsonPropertyName("action")] string? Action,
    [property: JsonPropertyName("score")] double Score,
    [property: JsonPropertyName("required_score")] double? RequiredScore,
    [property: JsonPropertyName("messages")] Dictionary<string, string>? Messages);

[JsonSerializable(typeof(RspamdAnswer))]
internal sealed partial class RspamdJson : JsonSerializerContext;
