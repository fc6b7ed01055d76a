using Azure.Identity;
using Azure.Storage.Blobs;

namespace HandsOff.Core.Storage;

/// <summary>Opens a store by what users call it: a folder, or <c>az:CONTAINER[/PREFIX]</c>.</summary>
public static class BlobStores
{
    public const string ConnectionStringVariable = "AZURE_STORAGE_CONNECTION_STRING";
    public const string AccountVariable = "AZURE_STORAGE_ACCOUNT";

    /// <summary>none, md5 (the default) or crc64: <see cref="TransferCheck"/>.</summary>
    public const string TransferCheckVariable = "HANDSOFF__Storage__TransferCheck";

    private const string AzurePrefix = "az:";

    private static TransferCheck? s_check;

    /// <summary>The check of all Azure stores opened from now on; what the environment says unless set.</summary>
    /// <exception cref="HandsOffException">The environment variable names none.</exception>
    public static TransferCheck TransferCheck
    {
        get => s_check ?? (Environment.GetEnvironmentVariable(TransferCheckVariable) is { Length: > 0 } text ? ParseTransferCheck(text) : TransferCheck.Md5);
        set => s_check = value;
    }

    /// <summary>True when the name means Azure Blob storage.</summary>
    public static bool IsAzure(string uri) => uri.StartsWith(AzurePrefix, StringComparison.Ordinal);

    /// <summary>
    /// Opens the store; <paramref name="create"/> makes a missing folder or container and checks that it can be written
    /// to. Azure's account comes from the two environment variables.
    /// </summary>
    public static async Task<IBlobStore> OpenAsync(string uri, bool create, CancellationToken cancellationToken)
    {
        if (!IsAzure(uri)) return create ? LocalFolderStore.Create(uri) : LocalFolderStore.Open(uri);
        var (container, prefix) = ParseAzure(uri);
        return await AzureBlobStore.OpenAsync(ServiceClient(uri).GetBlobContainerClient(container), prefix, create, cancellationToken, TransferCheck).ConfigureAwait(false);
    }

    /// <summary>Splits <c>az:CONTAINER[/PREFIX]</c>; the prefix has no slash at its end and may be empty.</summary>
    public static (string Container, string Prefix) ParseAzure(string uri)
    {
        if (!IsAzure(uri)) throw HandsOffException.Usage($"'{uri}': should be az:CONTAINER or az:CONTAINER/PREFIX");
        string rest = uri[AzurePrefix.Length..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string container = slash < 0 ? rest : rest[..slash], prefix = slash < 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        bool valid = container.Length is >= 3 and <= 63 && container.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
            && !container.StartsWith('-') && !container.EndsWith('-') && !container.Contains("--", StringComparison.Ordinal);
        if (!valid) throw HandsOffException.Usage($"'{uri}': container '{container}' should have 3 to 63 lower-case letters, digits and single dashes");
        if (prefix.Length > 0) BlobName.Check(prefix);
        return (container, prefix);
    }

    /// <summary>Reads none, md5 or crc64.</summary>
    public static TransferCheck ParseTransferCheck(string text) =>
        Enum.TryParse<TransferCheck>(text, ignoreCase: true, out var check) && Enum.IsDefined(check) && !char.IsAsciiDigit(text[0])
            ? check
            : throw HandsOffException.Usage($"transfer check '{text}': should be none, md5 or crc64 ({TransferCheckVariable}, HandsOff:Storage:TransferCheck)");

    /// <summary>
    /// What the part <paramref name="name"/> of the store <paramref name="root"/> is called: the same for every way to write
    /// the root (a folder becomes its full path, slashes at the end go), so that it can be a key.
    /// </summary>
    /// <exception cref="HandsOffException">The root is no store's name, or the part would leave it.</exception>
    public static string Combine(string root, string name)
    {
        BlobName.Check(name);
        if (!IsAzure(root)) return Path.Combine(LocalFolderStore.FullPath(root), name);
        var (container, prefix) = ParseAzure(root);
        return prefix.Length == 0 ? $"{AzurePrefix}{container}/{name}" : $"{AzurePrefix}{container}/{prefix}/{name}";
    }

    private static BlobServiceClient ServiceClient(string uri)
    {
        string? connection = Environment.GetEnvironmentVariable(ConnectionStringVariable), account = Environment.GetEnvironmentVariable(AccountVariable);
        try
        {
            if (!string.IsNullOrEmpty(connection)) return new BlobServiceClient(connection, AzureBlobStore.ClientOptions());
            if (!string.IsNullOrEmpty(account))
                return new BlobServiceClient(new Uri($"https://{account}.blob.core.windows.net"), new DefaultAzureCredential(), AzureBlobStore.ClientOptions());
        }
        catch (Exception e) when (e is FormatException or UriFormatException or ArgumentException)
        {
            throw new HandsOffException($"{uri}: {ConnectionStringVariable} or {AccountVariable} cannot be understood: {e.Message}", HandsOffException.WrongUsage, e);
        }

        throw HandsOffException.Usage($"{uri}: set {ConnectionStringVariable}, or {AccountVariable} to use the default Azure credential");
    }
}
