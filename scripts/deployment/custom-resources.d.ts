// Kinds that kubernetes-types does not have, as far as k8s/ uses them: any other field is refused.
import { type ObjectMeta } from 'kubernetes-types/meta/v1';

interface Resource<ApiVersion extends string, Kind extends string> {
  apiVersion: ApiVersion;
  kind: Kind;
  metadata: ObjectMeta;
}

export interface Kustomization {
  apiVersion: 'kustomize.config.k8s.io/v1beta1';
  kind: 'Kustomization';
  namespace?: string;
  labels?: { pairs: Record<string, string>; includeSelectors?: boolean }[];
  resources?: string[];
  components?: string[];
  patches?: { path: string }[];
  configMapGenerator?: { name: string; files?: string[]; literals?: string[] }[];
  images?: { name: string; newName?: string; newTag?: string; digest?: string }[];
}

export interface Component extends Omit<Kustomization, 'apiVersion' | 'kind' | 'namespace'> {
  apiVersion: 'kustomize.config.k8s.io/v1alpha1';
  kind: 'Component';
}

/** A duration of the Gateway API; 0s is none. */
type GatewayDuration = string;

export interface HTTPRoute extends Resource<'gateway.networking.k8s.io/v1', 'HTTPRoute'> {
  spec: {
    parentRefs: { name: string; namespace?: string; sectionName?: string }[];
    hostnames?: string[];
    rules: {
      matches?: { path?: { type: 'Exact' | 'PathPrefix'; value: string } }[];
      timeouts?: { request?: GatewayDuration; backendRequest?: GatewayDuration };
      backendRefs: { name: string; port: number; weight?: number }[];
    }[];
  };
}

export interface ServiceMonitor extends Resource<'monitoring.coreos.com/v1', 'ServiceMonitor'> {
  spec: {
    jobLabel?: string;
    selector: { matchLabels: Record<string, string> };
    endpoints: {
      port: string;
      path?: string;
      interval?: string;
      scrapeTimeout?: string;
      honorLabels?: boolean;
    }[];
  };
}

export interface PrometheusRule extends Resource<'monitoring.coreos.com/v1', 'PrometheusRule'> {
  spec: {
    groups: {
      name: string;
      rules: {
        alert: string;
        expr: string;
        for?: string;
        labels: Record<string, string>;
        annotations: Record<string, string>;
      }[];
    }[];
  };
}
