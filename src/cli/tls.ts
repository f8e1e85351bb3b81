/** The files that TLS needs, and what a user can get wrong with them. */
import type { Settings } from "../herd/topology.ts";
import type { Files, Network, TlsFault, TlsFiles } from "../runtime/runtime.ts";
import { UserError } from "./user_error.ts";
import { readUserFile } from "./user_file.ts";

interface TlsPaths {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string | undefined;
}

export interface TlsConfig {
  readonly paths: TlsPaths;
  readonly files: TlsFiles;
}

/** @throws {UserError} for one file without the other, and for one that cannot be read. */
export async function readTls(
  flags: Readonly<Record<string, string>>,
  settings: Settings,
  hasNeighbors: boolean,
  files: Files,
): Promise<TlsConfig | undefined> {
  const certificate = flags["tls-cert"] ?? settings.tlsCert;
  const key = flags["tls-key"] ?? settings.tlsKey;
  const authorities = flags["tls-ca"] ?? settings.tlsCa;
  if (certificate === undefined && key === undefined && authorities === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const given = certificate !== undefined ? "--tls-cert" : key !== undefined ? "--tls-key" : "--tls-ca";
    throw new UserError(`${given}: a server speaks TLS with both --tls-cert and --tls-key, or not at all`);
  }
  if (authorities === undefined && hasNeighbors) {
    throw new UserError(
      "--tls-cert: where there are links --tls-ca must name the certificates that theirs are signed by",
    );
  }
  const read = (path: string, what: string) => readUserFile(path, what, () => files.readText(path));
  return {
    paths: { certificate, key, authorities },
    files: {
      certificate: await read(certificate, "certificate"),
      key: await read(key, "key"),
      authorities: authorities === undefined ? undefined : await readAuthorities(authorities, files),
    },
  };
}

/** @throws {UserError} */
export async function readAuthorities(path: string, files: Files): Promise<string> {
  const text = await readUserFile(path, "certificate", () => files.readText(path));
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw noCertificate(path);
  return text;
}

/** Looks at what stands in the files. @throws {UserError} */
export async function checkTls(network: Network, { paths, files }: TlsConfig): Promise<void> {
  const fault = await network.findTlsFault(files);
  if (fault !== undefined) throw describe(fault, paths);
}

function describe(fault: TlsFault, { certificate, key, authorities = "" }: TlsPaths): UserError {
  switch (fault) {
    case "no certificate":
      return noCertificate(certificate);
    case "no names":
      return new UserError(
        `${certificate}: a certificate of version 3 is needed, with a subjectAltName: the server's name or host`,
      );
    case "no key":
      return new UserError(
        `${key}: there is no private key in PEM form that can be read (-----BEGIN PRIVATE KEY-----, no passphrase)`,
      );
    case "unpaired":
      return new UserError(`${key}: it is not the key of the certificate in ${certificate}`);
    case "no authorities":
      return noCertificate(authorities);
    case "unsigned":
      return new UserError(
        `${certificate}: it is signed by no certificate in ${authorities}, so neighbors would not believe it`,
      );
  }
}

function noCertificate(path: string): UserError {
  return new UserError(
    `${path}: there is no certificate in PEM form that can be read (-----BEGIN CERTIFICATE-----)`,
  );
}
