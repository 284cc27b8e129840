// The files of deploy/grafana, as far as they use what Grafana has: any other field is refused. What
// dashboards consist of is from Grafana's own types; those of provisioning files stand in its manual only.
import type {
  Dashboard as AnyDashboard,
  FieldConfig,
  Panel,
  RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Options as StatOptions } from '@grafana/grafana-foundation-sdk/stat';
import type {
  FieldConfig as TimeSeriesField,
  Options as TimeSeriesOptions,
} from '@grafana/grafana-foundation-sdk/timeseries';
import type * as units from '@grafana/grafana-foundation-sdk/units';

type KnownUnit = (typeof units)[keyof typeof units];

interface DataSource {
  type: 'prometheus';
  uid: string;
}

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Query extends Omit<
  Dataquery,
  '_implementsDataqueryVariant' | 'refId' | 'datasource' | 'legendFormat'
> {
  refId: string;
  datasource: DataSource;
  legendFormat: string;
}

interface Field<Custom> extends Omit<FieldConfig, 'unit' | 'custom'> {
  unit: KnownUnit;
  custom?: Partial<Custom>;
}

interface PanelOf<Type extends string, Options, Custom> extends Omit<
  Panel,
  'type' | 'id' | 'title' | 'datasource' | 'gridPos' | 'targets' | 'options' | 'fieldConfig'
> {
  type: Type;
  id: number;
  title: string;
  datasource: DataSource;
  gridPos: Place;
  targets: Query[];
  options?: Partial<Options>;
  fieldConfig: {
    defaults: Field<Custom>;
    overrides: {
      matcher: { id: string; options?: unknown };
      properties: { id: string; value?: unknown }[];
    }[];
  };
}

interface Row extends Omit<RowPanel, 'gridPos' | 'title'> {
  title: string;
  gridPos: Place;
}

export interface Dashboard extends Omit<AnyDashboard, 'uid' | 'title' | 'panels'> {
  uid: string;
  title: string;
  panels: (
    | PanelOf<'stat', StatOptions, Record<string, never>>
    | PanelOf<'timeseries', TimeSeriesOptions, TimeSeriesField>
    | Row
  )[];
}

/** provisioning/datasources */
export interface DataSources {
  apiVersion: 1;
  prune?: boolean;
  deleteDatasources?: { name: string; orgId?: number }[];
  datasources: {
    name: string;
    type: 'prometheus';
    uid: string;
    access: 'proxy';
    url: string;
    orgId?: number;
    isDefault?: boolean;
    editable?: boolean;
    version?: number;
    basicAuth?: boolean;
    basicAuthUser?: string;
    withCredentials?: boolean;
    jsonData?: {
      httpMethod?: 'GET' | 'POST';
      timeInterval?: string;
      queryTimeout?: string;
      manageAlerts?: boolean;
      prometheusType?: string;
      prometheusVersion?: string;
      cacheLevel?: 'Low' | 'Medium' | 'High' | 'None';
    };
    secureJsonData?: Record<string, string>;
  }[];
}

/** provisioning/dashboards */
export interface DashboardProviders {
  apiVersion: 1;
  providers: {
    name: string;
    type: 'file';
    orgId?: number;
    folder?: string;
    folderUid?: string;
    disableDeletion?: boolean;
    allowUiUpdates?: boolean;
    updateIntervalSeconds?: number;
    options: { path: string; foldersFromFilesStructure?: boolean };
  }[];
}
