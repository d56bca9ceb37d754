using CompatBot.Protocols.ManageSieve.Wire;
using CompatBot.Protocols.Net.Sasl;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>CAPABILITY, which is also the greeting: what is spoken here, at this moment (RFC 5804 sections 1.7 and 2.4).</summary>
internal sealed record Capability : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values.Count == 0 ? new Capability() : null;

    public ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var language = session.Services.Language;
        Line("IMPLEMENTATION", "CompatBot");
        Line("SIEVE", string.Join(' ', language.Extensions));
        Line("NOTIFY", string.Join(' ', language.NotifyMethods));

        // An empty list says: not here, but after STARTTLS (section 1.7).
        if (session.Owner is null) Line("SASL", session.Connection.IsPrivate ? string.Join(' ', Logins.Mechanisms) : "");
        if (session.Owner is null && session.Connection.CanStartTls) Line("STARTTLS", null);
        Line("MAXREDIRECTS", language.RedirectsMax.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Line("LANGUAGE", "en");
        Line("UNAUTHENTICATE", null);
        if (session.Owner is { } owner) Line("OWNER", owner);
        Line("VERSION", "1.0");
        return new(ManageSieveReply.Ok("CompatBot ready"));

        void Line(string name, string? value)
        {
            var writer = new SieveWriter(session.Connection.Output);
            writer.String(name);
            if (value is not null)
            {
                writer.Raw(" ");
                writer.String(value);
            }

            writer.End();
        }
    }
}
