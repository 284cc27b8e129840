import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RequestMethod, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type OpenAPIObject } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster } from './cluster.js';

const ROOT = resolve(import.meta.dirname, '../../..');

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Exclude<Schemas[string], { $ref: string }>;
type SchemaOrRef = Schemas[string];

describe('the OpenAPI description of the real app', () => {
  let cluster: TestCluster;
  let document: OpenAPIObject;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
    const response = await fetch(`${cluster.url(0)}/api/docs-json`);
    document = (await response.json()) as OpenAPIObject;
  });
  afterAll(() => cluster.close());

  function schemaNamed(name: string): Schema {
    const schema = document.components?.schemas?.[name];
    expect(schema, name).toBeDefined();
    return schema as Schema;
  }

  function operations() {
    return Object.entries(document.paths).flatMap(([path, item]) =>
      [item.get, item.post, item.put, item.patch, item.delete].flatMap((operation) =>
        operation ? [{ path, operation }] : [],
      ),
    );
  }

  it('[REST5] every field of every DTO is described and no schema is called Object', () => {
    const schemas = Object.entries(document.components?.schemas ?? {});
    expect(schemas.length).toBeGreaterThan(10);
    expect(schemas.map(([name]) => name)).not.toContain('Object');
    const faults = schemas.flatMap(([name, schema]) =>
      Object.entries((schema as Schema).properties ?? {}).flatMap(([field, property]) =>
        faultsOf(`${name}.${field}`, property, property),
      ),
    );
    const parameters = operations().flatMap(({ path, operation }) =>
      (operation.parameters ?? []).map((parameter) => ({ path, parameter })),
    );
    for (const { path, parameter } of parameters) {
      if ('$ref' in parameter) faults.push(`${path} has a reference as parameter`);
      else faults.push(...faultsOf(`${path} ${parameter.name}`, parameter, parameter.schema));
    }
    expect(faults).toEqual([]);
  });

  it('[DOC8] the paths that documents name are served, as they say', () => {
    /** What is no route of ours, or was one of an older system and stands beside what it is now. */
    const others = new Set(['/api/docs', '/api/docs-json', '/api/auth']);
    const shape = (route: string) => route.replaceAll(/:\w+|<[^>]+>|\{\w+\}/g, '*');
    const served = new Map(
      Object.entries(document.paths).map(([route, item]) => [shape(route), Object.keys(item)]),
    );
    const files = [
      'README.md',
      'SECURITY.md',
      ...readdirSync(join(ROOT, 'docs'))
        .filter((name) => name.endsWith('.md') && name !== 'MIGRATION.md')
        .map((name) => `docs/${name}`),
    ];
    const named = files.flatMap((file) =>
      [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(
          /`(?:(GET|POST|PUT|PATCH|DELETE) )?(\/api\/[^`\s?{]*)/g,
        ),
      ].map(([, method, route = '']) => ({ file, method, route })),
    );
    expect(named.length).toBeGreaterThan(10);
    const absent = named.filter(({ method, route }) => {
      const methods = served.get(shape(route));
      return (
        !others.has(route) && (!methods || (method && !methods.includes(method.toLowerCase())))
      );
    });
    expect(absent).toEqual([]);
  });

  it('[REST5] the request of a trip says that too many are refused, and when to come back', () => {
    const refusal = document.paths['/api/trips']?.post?.responses['429'];
    expect(refusal).toMatchObject({ description: expect.stringContaining('RATE_LIMITED') });
    expect(refusal).toHaveProperty(['headers', 'Retry-After', 'description']);
  });

  it('[REST5] every field that a route reads is in its description', () => {
    const read = fieldsReadBy(cluster);
    expect(read.map(({ dto }) => dto)).toEqual(
      expect.arrayContaining(['LoginDto', 'NearbyQueryDto', 'HistoryQueryDto', 'ListAccountsDto']),
    );
    for (const { operationId, source, dto, fields } of read) {
      const found = operations().find(({ operation }) => operation.operationId === operationId);
      expect(found, operationId).toBeDefined();
      const inQuery = (found?.operation.parameters ?? []).flatMap((parameter) =>
        'name' in parameter && parameter.in === 'query' ? [parameter.name] : [],
      );
      const described =
        source === 'body' ? Object.keys(schemaNamed(dto).properties ?? {}) : inQuery;
      expect([operationId, described.toSorted()]).toEqual([operationId, fields.toSorted()]);
    }
  });
});

/** What is missing where a field is described; the description may stand beside the schema. */
function faultsOf(
  where: string,
  described: { description?: string } | SchemaOrRef,
  schema: SchemaOrRef | undefined,
): string[] {
  const faults: string[] = [];
  if (!('description' in described && described.description)) faults.push(`${where}: description`);
  const isTyped =
    schema !== undefined &&
    ('$ref' in schema || [schema.type, schema.oneOf, schema.allOf].some((each) => !!each));
  if (!isTyped) faults.push(`${where}: type`);
  // An object that says nothing of its fields is what a field without a type becomes.
  const { type, additionalProperties, allOf } = { ...schema } as Schema;
  if (type === 'object' && !additionalProperties && !allOf) {
    faults.push(`${where}: fields of the object`);
  }
  return faults;
}

const BODY = 3;
const QUERY = 4;

/** The DTOs that the routes of all controllers validate, by the decorators of their handlers. */
function fieldsReadBy(cluster: TestCluster) {
  const modules = cluster.instances[0]!.app.get(ModulesContainer);
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  const scanner = new MetadataScanner();
  return controllers.flatMap(({ metatype }) => {
    const controller = metatype as Type;
    const prototype = controller.prototype as object;
    return scanner.getAllMethodNames(prototype).flatMap((method) => {
      const handler = Reflect.get(prototype, method) as object;
      if (!(Reflect.getMetadata('method', handler) in RequestMethod)) return [];
      const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as Type[];
      const given = Reflect.getMetadata('__routeArguments__', controller, method) as object;
      return Object.entries(given ?? {}).flatMap(
        ([key, { index }]: [string, { index: number }]) => {
          const kind = Number(key.split(':')[0]);
          const dto = types[index];
          if (![BODY, QUERY].includes(kind) || dto === undefined) return [];
          const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
          return {
            operationId: `${controller.name}_${method}`,
            source: kind === BODY ? 'body' : 'query',
            dto: dto.name,
            fields: [...new Set(rules.map(({ propertyName }) => propertyName))],
          };
        },
      );
    });
  });
}
