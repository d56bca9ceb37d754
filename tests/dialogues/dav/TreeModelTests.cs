using System.Globalization;
using CompatBot.DialogueTests.Ftp;
using CompatBot.Protocols.Ftp;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>
/// WebDAV and FTP at random on one tree, beside a model that is only a table of paths: each answer is the one that the model gives, and
/// both protocols, and a client that syncs by tokens, see what the model has.
/// </summary>
public sealed class TreeModelTests
{
    private const int Steps = 120;

    private const string Patch = "Content-Type: application/x-sabredav-partialupdate";

    private static readonly string[] Names = ["a", "b", "ü", "x y"];

    /// <summary>Folders have no content.</summary>
    private readonly SortedDictionary<string, string?> _model = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _synced = [];
    private readonly List<string> _log = [];
    private DavHouse _house = null!;
    private DialogueClient _ftp = null!;
    private Random _random = new(0);
    private string _token = "";
    private int _uploads;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Both_protocols_agree_with_the_model(int group)
    {
        for (var seed = group * 4; seed < (group + 1) * 4; seed++)
        {
            try
            {
                await PlayAsync(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}\n{string.Join('\n', _log.TakeLast(20))}", error);
            }
        }
    }

    private async Task PlayAsync(int seed)
    {
        (_random, _token) = (new Random(seed), "");
        _model.Clear();
        _synced.Clear();
        _log.Clear();
        await using var house = await DavHouse.OpenAsync();
        var handler = new FtpHandler(house.Ftp, implicitTls: false);
        await using var ftp = await FtpBed.LogInAsync(handler, "anna@mail.test", DavHouse.Password);
        (_house, _ftp) = (house, ftp);
        await FtpAsync("TYPE I", 200);
        for (var step = 0; step < Steps; step++)
        {
            await StepAsync();
            if (step % 10 == 9) await CompareAsync();
        }

        await CompareAsync();
    }

    private Task StepAsync()
    {
        var (path, other, text) = (SomePath(), SomePath(), SomeText());
        return _random.Next(15) switch
        {
            0 or 1 => PutAsync(path, text),
            2 => StoreAsync("STOR", path, text, (_, _) => text),
            3 => StoreAsync("APPE", path, text, (old, _) => old + text),
            4 => RestartAsync(path, text),
            5 => PatchAsync(path, text),
            6 => MakeAsync(path),
            7 => DavAsync($"DELETE {Url(path)}", Exists(path) ? 204 : 404, () => Remove(path)),
            8 => TransferAsync("COPY", path, other),
            9 => TransferAsync("MOVE", path, other),
            10 => DeleteAsync(path),
            11 => RenameAsync(path, other),
            12 => CombineAsync(path, other, SomePath()),
            13 => UploadAsync(path, text),
            _ => ReadAsync(path),
        };
    }

    private async Task PutAsync(string path, string text)
    {
        var status = IsFolder(path) ? 405 : !IsFolder(ParentOf(path)) ? 409 : Exists(path) ? 204 : 201;
        await DavAsync($"PUT {Url(path)}\n\n{text}", status, () => _model[path] = text);
    }

    private async Task StoreAsync(string command, string path, string text, Func<string, string, string> then)
    {
        var isFine = !IsFolder(path) && IsFolder(ParentOf(path));
        if (!isFine)
        {
            await FtpAsync($"{command} /{path}", 553);
            return;
        }

        _log.Add($"ftp {command} {path} {text}");
        await FtpBed.TransferAsync(_ftp, $"{command} /{path}", text, "226 Stored");
        _model[path] = then(_model.GetValueOrDefault(path) ?? "", text);
    }

    private async Task RestartAsync(string path, string text)
    {
        if (!IsFile(path)) return;
        var at = _random.Next(_model[path]!.Length + 1);
        _log.Add($"ftp REST {at} {path} {text}");
        await FtpAsync($"REST {at}", 350);
        await FtpBed.TransferAsync(_ftp, $"STOR /{path}", text, "226 Stored");
        _model[path] = _model[path]![..at] + text;
    }

    private async Task PatchAsync(string path, string text)
    {
        if (!IsFile(path))
        {
            await DavAsync($"PATCH {Url(path)}\n{Patch}\nX-Update-Range: append\n\n{text}", Exists(path) ? 405 : 404, () => { });
            return;
        }

        var old = _model[path]!;
        var at = _random.Next(old.Length + 1);
        var whole = old[..at] + text + (at + text.Length < old.Length ? old[(at + text.Length)..] : "");
        var isPut = _random.Next(2) == 0 && text.Length > 0;
        var request = isPut
            ? $"PUT {Url(path)}\nContent-Range: bytes {at}-{at + text.Length - 1}/*"
            : $"PATCH {Url(path)}\n{Patch}\nX-Update-Range: bytes={at}-";
        await DavAsync($"{request}\n\n{text}", 204, () => _model[path] = whole);
    }

    private async Task MakeAsync(string path)
    {
        var isFine = !Exists(path) && IsFolder(ParentOf(path));
        if (_random.Next(2) == 0)
        {
            await DavAsync($"MKCOL {Url(path)}", Exists(path) ? 405 : isFine ? 201 : 409, () => _model[path] = null);
            return;
        }

        await FtpAsync($"MKD /{path}", isFine ? 257 : 550);
        if (isFine) _model[path] = null;
    }

    private async Task DeleteAsync(string path)
    {
        var isEmpty = IsFolder(path) && !_model.Keys.Any(one => one.StartsWith(path + "/", StringComparison.Ordinal));
        var command = _random.Next(2) == 0 ? "DELE" : "RMD";
        var isFine = command == "DELE" ? IsFile(path) : isEmpty;
        await FtpAsync($"{command} /{path}", isFine ? 250 : 550);
        if (isFine) _model.Remove(path);
    }

    private async Task TransferAsync(string method, string from, string to)
    {
        var isNew = !Exists(to);
        var status = !Exists(from) ? 404 : !IsFolder(ParentOf(to)) ? 409 : IsTangled(from, to) ? 403 : isNew ? 201 : 204;
        await DavAsync($"{method} {Url(from)}\nDestination: {Url(to)}", status, () => Carry(from, to, method == "MOVE"));
    }

    private async Task RenameAsync(string from, string to)
    {
        await FtpAsync($"RNFR /{from}", Exists(from) ? 350 : 550);
        if (!Exists(from)) return;
        var isFine = IsFolder(ParentOf(to)) && !IsTangled(from, to) && !IsFolder(to);
        await FtpAsync($"RNTO /{to}", isFine ? 250 : 550);
        if (isFine) Carry(from, to, isMove: true);
    }

    private async Task CombineAsync(string target, string one, string two)
    {
        var isTwice = one == two || (IsFile(target) && (one == target || two == target));
        if (isTwice) return;
        var isFine = !IsFolder(target) && IsFolder(ParentOf(target)) && IsFile(one) && IsFile(two);
        await FtpAsync($"COMB \"/{target}\" \"/{one}\" \"/{two}\"", isFine ? 250 : 550);
        if (!isFine) return;
        var whole = (_model.GetValueOrDefault(target) ?? "") + _model[one] + _model[two];
        _model.Remove(one);
        _model.Remove(two);
        _model[target] = whole;
    }

    private async Task UploadAsync(string path, string text)
    {
        var upload = string.Create(CultureInfo.InvariantCulture, $"/dav/uploads/anna@mail.test/{++_uploads}/");
        var cut = _random.Next(text.Length + 1);
        await _house.AskAsync(201, $"MKCOL {upload}");
        await _house.AskAsync(201, $"PUT {upload}2\n\n{text[cut..]}");
        await _house.AskAsync(201, $"PUT {upload}1\n\n{text[..cut]}");
        var status = !IsFolder(ParentOf(path)) || IsFolder(path) ? 409 : Exists(path) ? 204 : 201;
        await DavAsync($"MOVE {upload}.file\nDestination: {Url(path)}\nOC-Total-Length: {text.Length}", status, () => _model[path] = text);
        if (status == 409) await _house.AskAsync(204, $"DELETE {upload}");
    }

    private async Task ReadAsync(string path)
    {
        var got = await _house.AskAsync(IsFile(path) ? 200 : IsFolder(path) ? 405 : 404, $"GET {Url(path)}");
        if (!IsFile(path)) await FtpAsync($"RETR /{path}", 550);
        else Assert.Equal((_model[path], _model[path]), (got.Body, await GetAsync($"RETR /{path}")));
    }

    /// <summary>All of it, as WebDAV lists it, as FTP does, and as a client has it that only asks for changes of the root.</summary>
    private async Task CompareAsync()
    {
        var all = await _house.AskAsync(207, $"PROPFIND {DavHouse.Files}\nDepth: infinity");
        var listed = all.Hrefs.Select(Path).Where(path => path.Length > 0).Order(StringComparer.Ordinal);
        Assert.Equal(_model.Select(one => one.Value is null ? one.Key + "/" : one.Key).Order(StringComparer.Ordinal), listed);
        foreach (var folder in _model.Where(one => one.Value is null).Select(one => one.Key).Prepend(""))
        {
            var members =
                from one in _model
                where ParentOf(one.Key) == folder
                let name = one.Key[(one.Key.LastIndexOf('/') + 1)..]
                select one.Value is null ? name : $"{one.Value.Length} {name}";
            var lines = (await GetAsync($"MLSD /{folder}")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line =>
            {
                var blank = line.IndexOf(' ', StringComparison.Ordinal);
                var size = line[..blank].Split(';').FirstOrDefault(fact => fact.StartsWith("size=", StringComparison.Ordinal));
                return size is null ? line[(blank + 1)..] : $"{size[5..]} {line[(blank + 1)..]}";
            });
            Assert.Equal(members.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
        }

        foreach (var (path, content) in _model)
        {
            if (content is not null) Assert.Equal(content, (await _house.AskAsync(200, $"GET {Url(path)}")).Body);
        }

        await SyncAsync();
    }

    private async Task SyncAsync()
    {
        var news = await _house.AskAsync(207, $"""
            REPORT {DavHouse.Files}

            <sync-collection xmlns="DAV:"><sync-token>{_token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>
            </sync-collection>
            """);
        foreach (var one in news.Xml.Elements(DavReply.Dav + "response"))
        {
            var path = Path(one.Element(DavReply.Dav + "href")!.Value);
            if (one.Element(DavReply.Dav + "status") is not null) _synced.Remove(path.TrimEnd('/'));
            else _synced[path.TrimEnd('/')] = one.Descendants(DavReply.Dav + "getetag").FirstOrDefault()?.Value;
        }

        _token = news.Xml.Element(DavReply.Dav + "sync-token")!.Value;
        Assert.Equal(
            _model.Keys.Where(path => !path.Contains('/', StringComparison.Ordinal)), _synced.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, tag) in _synced)
        {
            if (IsFile(path)) Assert.Equal(tag, (await _house.AskAsync(200, $"HEAD {Url(path)}")).ETag);
        }
    }

    private async Task DavAsync(string request, int status, Action then)
    {
        _log.Add($"dav {status} {request}");
        await _house.AskAsync(status, request);
        if (status is 201 or 204) then();
    }

    private async Task FtpAsync(string command, int status)
    {
        _log.Add($"ftp {status} {command}");
        await FtpBed.DoAsync(_ftp, command, $"{status} <*>");
    }

    private Task<string> GetAsync(string command) => FtpBed.TransferAsync(_ftp, command, (string?)null, "226 That is all");

    private void Remove(string path)
    {
        foreach (var one in Below(path)) _model.Remove(one);
    }

    private void Carry(string from, string to, bool isMove)
    {
        var carried = Below(from).Select(path => (Path: to + path[from.Length..], Content: _model[path])).ToList();
        if (isMove) Remove(from);
        Remove(to);
        foreach (var (path, content) in carried) _model[path] = content;
    }

    private List<string> Below(string path) =>
        [.. _model.Keys.Where(one => one == path || one.StartsWith(path + "/", StringComparison.Ordinal))];

    /// <summary>One is the other, or in it.</summary>
    private static bool IsTangled(string from, string to) =>
        $"{from}/".StartsWith(to + "/", StringComparison.Ordinal) || $"{to}/".StartsWith(from + "/", StringComparison.Ordinal);

    private bool Exists(string path) => path.Length == 0 || _model.ContainsKey(path);

    private bool IsFolder(string path) => path.Length == 0 || (_model.TryGetValue(path, out var content) && content is null);

    private bool IsFile(string path) => _model.TryGetValue(path, out var content) && content is not null;

    private static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    private string SomePath() =>
        string.Join('/', Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Names[_random.Next(Names.Length)]));

    private string SomeText() => new((char)_random.Next('a', 'z' + 1), _random.Next(4) == 0 ? 0 : _random.Next(1, 2000));

    private static string Url(string path) => DavHouse.Files + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string Path(string href) => Uri.UnescapeDataString(href[DavHouse.Files.Length..]);
}
