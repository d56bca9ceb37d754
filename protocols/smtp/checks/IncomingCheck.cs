using System.Text;
using CompatBot.Core.Identity;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Arc;
using CompatBot.Protocols.Smtp.Reports;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>Looks at one message of a stranger: SPF while it comes, DKIM as it streams by, DMARC at its end (RFC 8601).</summary>
internal sealed class IncomingCheck : IDisposable
{
    private readonly MailChecks _checks;
    private readonly SmtpSession _session;
    private readonly SmtpPath _from;
    private readonly Task<(SpfResult Result, string Domain)> _spf;
    private readonly Task<(IprevResult Result, string Name)> _iprev;
    private readonly HeldMessage _held = new();
    private DkimVerifier? _dkim;
    private ArcVerifier? _arc;
    private ArcVerdict? _chain;
    private bool _isVouchedFor;
    private byte[] _header = [];
    private List<HeaderField> _fields = [];

    public IncomingCheck(MailChecks checks, SmtpSession session, SmtpPath from)
    {
        (_checks, _session, _from) = (checks, session, from);
        var domain = from.Domain.Length == 0 ? "" : Address.DomainName(from.Domain) ?? from.Domain;
        _iprev = Iprev.CheckAsync(checks.Resolver, session.Connection.RemoteAddress, CancellationToken.None).AsTask();
        _spf = Spf.CheckAsync(
            checks.Resolver, session.Connection.RemoteAddress, session.HeloName ?? "", from.Local, domain, CancellationToken.None).AsTask();
    }

    /// <summary>Nothing is held back any more.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>Why the message cannot be looked at; empty: it can.</summary>
    public SmtpReply Obstacle { get; private set; }

    /// <summary>How the author's domain came out; null before the end.</summary>
    public DmarcVerdict? Dmarc { get; private set; }

    /// <summary>Takes octets of the message.</summary>
    /// <returns>True: they are held back. False: they are to be written now, behind what <see cref="ReleaseAsync"/> gives.</returns>
    public bool Write(ReadOnlyMemory<byte> octets)
    {
        if (IsReleased)
        {
            WriteBody(octets.Span);
            return false;
        }

        var before = _held.Octets.Length;
        if (!_held.TryAdd(octets.Span))
        {
            // Without the whole header nothing can be said; with it, the rest may stream.
            if (_dkim is not null) WriteBody(octets.Span);
            else Obstacle = before + octets.Length > MailChecks.HeldBytesMax
                ? SmtpReply.TooLarge : new SmtpReply(451, "4.3.2", "Busy, try again later");
            return !Obstacle.IsEmpty;
        }

        if (_dkim is not null) WriteBody(octets.Span);
        else FindHeader(before);
        return true;
    }

    /// <summary>All that was held back, with what is known on top, when no more can be held: then signatures are not known yet.</summary>
    /// <param name="received">The trace header, which goes between the results and the message.</param>
    public async ValueTask<byte[]> ReleaseAsync(byte[] received)
    {
        var top = await ResultsAsync(dkim: null);
        IsReleased = true;
        return Join(top, received);
    }

    /// <summary>The message is at its end.</summary>
    /// <param name="fields">Header fields of filters, which go below the results.</param>
    /// <returns>What is left to write: all of the message with the results on top, unless it was released before.</returns>
    public async ValueTask<byte[]> FinishAsync(byte[] received, string fields)
    {
        if (_dkim is null) FindHeader(0, isEnd: true);
        var verdicts = await _dkim!.FinishAsync(_checks.Resolver, _session.Services.Time.GetUtcNow(), CancellationToken.None);
        _chain = await _arc!.FinishAsync(_checks.Resolver, CancellationToken.None);
        var top = await ResultsAsync(verdicts);
        if (Dmarc is { Result: DmarcResult.Pass or DmarcResult.Fail } dmarc && _checks.Reports is { } reports)
        {
            reports.Add(dmarc, await LineAsync(dmarc, verdicts));
        }

        return IsReleased ? [] : Join(top + fields, received);
    }

    /// <summary>The author's domain wants such mail set aside, or refused where nothing is.</summary>
    public bool IsSuspect => _checks.Rejects && !_isVouchedFor && Dmarc is { Result: DmarcResult.Fail, Policy: not DmarcPolicy.None };

    /// <summary>The author's domain wants such mail refused.</summary>
    public bool IsToBeRejected => _checks.Rejects && !_isVouchedFor && Dmarc is { Result: DmarcResult.Fail, Policy: DmarcPolicy.Reject };

    public void Dispose()
    {
        _held.Dispose();
        _dkim?.Dispose();
        _arc?.Dispose();
    }

    private void FindHeader(int before, bool isEnd = false)
    {
        var all = _held.Octets;
        var length = HeaderBlock.Length(all.Span, before);
        if (length < 0 && !isEnd) return;
        _header = all[..(length < 0 ? all.Length : length)].ToArray();
        _fields = HeaderBlock.Fields(_header);
        _dkim = new DkimVerifier(_fields);
        _arc = new ArcVerifier(_fields);
        if (length >= 0) WriteBody(all.Span[(length + 2)..]);
    }

    private void WriteBody(ReadOnlySpan<byte> octets)
    {
        _dkim!.WriteBody(octets);
        _arc!.WriteBody(octets);
    }

    /// <summary>The message without what others said in our name: section 5.</summary>
    private byte[] Join(string top, byte[] received)
    {
        using var joined = new MemoryStream(_held.Octets.Length + received.Length + top.Length + 16);
        joined.Write(Encoding.UTF8.GetBytes(top));
        joined.Write(received);
        HeaderBlock.WriteWithout(_header, IsForged, joined);
        joined.Write(_held.Octets.Span[_header.Length..]);
        _held.Dispose();
        return joined.ToArray();
    }

    private bool IsForged(HeaderField field) => _checks.Filters?.Owns(field.Key) == true || (field.Is("Authentication-Results"u8)
        && Encoding.Latin1.GetString(field.Value).AsSpan().TrimStart(" \t\r\n")
            .StartsWith(_session.Services.HostName, StringComparison.OrdinalIgnoreCase));

    private async ValueTask<string> ResultsAsync(IReadOnlyList<DkimVerdict>? dkim)
    {
        var (spf, domain) = await _spf;
        var text = new StringBuilder($"Authentication-Results: {_session.Services.HostName};\r\n\tspf={Word(spf)} ")
            .Append(_from.IsNull ? "smtp.helo=" : "smtp.mailfrom=").Append(Clean(domain));
        if (await _iprev is { Result: IprevResult.Pass or IprevResult.Fail } iprev)
        {
            text.Append(";\r\n\tiprev=").Append(Word(iprev.Result));
            if (iprev.Name.Length > 0) text.Append(" (").Append(Clean(iprev.Name)).Append(')');
            text.Append(" policy.iprev=").Append(DmarcReports.Source(_session.Connection.RemoteAddress));
        }

        foreach (var one in dkim ?? [])
        {
            text.Append(";\r\n\tdkim=").Append(Word(one.Result));
            if (one.Reason.Length > 0) text.Append(" (").Append(one.Reason).Append(')');
            text.Append(" header.d=").Append(Clean(one.Domain)).Append(" header.s=").Append(Clean(one.Selector))
                .Append(" header.a=").Append(Clean(one.Algorithm));
        }

        if (dkim is { Count: 0 }) text.Append(";\r\n\tdkim=none");
        if (_chain is { Result: not ArcResult.None } chain)
        {
            text.Append(";\r\n\tarc=").Append(Word(chain.Result));
            if (chain.Sealers.Count > 0) text.Append(" (sealed by ").Append(Clean(chain.Sealers[0])).Append(')');
        }

        if (dkim is null) text.Append(";\r\n\tdkim=policy (a message of this size is not held until its signatures are known)");
        else await AppendDmarcAsync(text, spf == SpfResult.Pass ? domain : null, dkim);
        return text.Append("\r\n").ToString();
    }

    private async ValueTask AppendDmarcAsync(StringBuilder text, string? spf, IReadOnlyList<DkimVerdict> dkim)
    {
        var addresses = HeaderBlock.Addresses(_fields, "From");
        List<string> authors = [.. addresses.Select(one => one.Host).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (authors.Count != 1 || Address.DomainName(authors[0]) is not { } author)
        {
            text.Append(";\r\n\tdmarc=permerror (From names no single domain)");
            return;
        }

        string[] passed = [.. dkim.Where(one => one.Result == DkimResult.Pass).Select(one => one.Domain)];
        Dmarc = await Checks.Dmarc.CheckAsync(_checks.Resolver, author, spf, passed, CancellationToken.None);
        text.Append(";\r\n\tdmarc=").Append(Word(Dmarc.Result));
        _isVouchedFor = Dmarc.Result == DmarcResult.Fail && _chain?.Vouches(_checks.TrustedSealers) == true;
        if (_isVouchedFor) text.Append(" (ARC vouches for it)");
        else if (Dmarc.Domain.Length > 0) text.Append(" (p=").Append(Word(Dmarc.Policy)).Append(')');
        text.Append(" header.from=").Append(author);
    }

    private async ValueTask<DmarcLine> LineAsync(DmarcVerdict dmarc, IReadOnlyList<DkimVerdict> dkim)
    {
        var (spf, domain) = await _spf;
        string[] published = ["p", "sp", "np", "adkim", "aspf"];
        return new DmarcLine(
            DmarcReports.Source(_session.Connection.RemoteAddress),
            IsToBeRejected ? "reject" : IsSuspect ? "quarantine" : "none",
            dmarc.DkimAligns,
            dmarc.SpfAligns,
            dmarc.Author,
            Clean(_from.Domain),
            string.Join(' ', published.Where(dmarc.Tags.ContainsKey).Select(tag => $"{tag}={Clean(dmarc.Tags[tag])}")),
            string.Join(',', dkim.Select(one => $"{Clean(one.Domain)} {Clean(one.Selector)} {Word(one.Result)}")),
            Clean(domain),
            Word(spf));
    }

    private static string Word<T>(T member) where T : struct, Enum => member.ToString().ToLowerInvariant();

    /// <summary>What a stranger chose must not end a value, a comment or a line.</summary>
    private static string Clean(string value) => value.Length == 0 ? "none"
        : string.Concat(value.Take(255).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '?'));
}
