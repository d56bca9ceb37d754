using System.Buffers;
using System.Buffers.Text;

namespace CompatBot.Protocols.Net.Sasl;

/// <summary>
/// An exchange. Where a protocol's success carries no data, what the mechanism says last goes as one more challenge, and the client
/// acknowledges it with an empty response (RFC 4422 section 5, RFC 4954 section 4, RFC 5034 section 4).
/// </summary>
public static class SaslExchange
{
    /// <param name="mechanism">One that was just started.</param>
    /// <param name="initial">The initial response, base64 undone; null when there was none.</param>
    /// <param name="ask">
    /// Sends a challenge and brings the response; or, when there is none (cancelled, no base64, hung up), what the protocol answers.
    /// </param>
    /// <param name="cancellation">Of the login.</param>
    /// <param name="successCarriesData">
    /// What the mechanism says last is in the step that is returned, for the protocol's own success (RFC 5804 section 2.1).
    /// </param>
    /// <returns>How it ended; or the refusal of <paramref name="ask"/>, and then nobody is logged in.</returns>
    public static async ValueTask<(SaslStep Step, TReply? Refused)> RunAsync<TReply>(
        ISaslMechanism mechanism,
        ReadOnlyMemory<byte>? initial,
        Func<ReadOnlyMemory<byte>, ValueTask<(ReadOnlyMemory<byte> Response, TReply? Refused)>> ask,
        CancellationToken cancellation,
        bool successCarriesData = false)
        where TReply : struct
    {
        TReply? refused = null;
        var response = initial ?? default;
        if (initial is null && mechanism.ClientFirst) (response, refused) = await ask(default);

        // A server-first mechanism with an initial response takes it as the answer to its first question: Outlook does so.
        while (refused is null)
        {
            var step = await mechanism.StepAsync(response, cancellation);
            var isAsked = step.Status == SaslStatus.Challenge
                || (step.Status == SaslStatus.Success && !step.Challenge.IsEmpty && !successCarriesData);
            if (!isAsked) return (step, null);
            (response, refused) = await ask(step.Challenge);
            if (step.Status != SaslStatus.Success) continue;
            if (refused is null) return (step, null);
            await step.Session!.DisposeAsync();
        }

        return (default, refused);
    }

    /// <summary>Undoes base64 without blanks; nothing is the empty response.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> base64, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (base64.ContainsAny(" \t\r\n"u8)) return false;
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        var status = Base64.DecodeFromUtf8(base64, decoded, out var consumed, out var written);
        bytes = decoded.AsMemory(0, written);
        return status == OperationStatus.Done && consumed == base64.Length;
    }
}
