namespace HandsOff.Core.Storage;

/// <summary>The checksum that goes along with what is sent to and read from an Azure store, beside TCP's own.</summary>
public enum TransferCheck
{
    /// <summary>None.</summary>
    None,

    /// <summary>MD5: the default; every Azure service and Azurite know it.</summary>
    Md5,

    /// <summary>Azure's CRC64: cheaper than MD5; Azurite does not know it.</summary>
    Crc64,
}
